package com.example.symbolreader

import android.annotation.SuppressLint
import android.content.Context
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.graphics.Path
import android.view.MotionEvent
import android.view.View

/** Paper to draw on; says when the pen was lifted. */
class DrawingView(context: Context, private val onLifted: () -> Unit) : View(context) {
    private val path = Path()
    private val pen =
        Paint(Paint.ANTI_ALIAS_FLAG).apply {
            color = Color.BLACK
            style = Paint.Style.STROKE
            strokeCap = Paint.Cap.ROUND
            strokeJoin = Paint.Join.ROUND
        }

    fun clear() {
        path.reset()
        invalidate()
    }

    /** The drawing as grey levels, SIDE rows of SIDE bytes. */
    fun grey(): ByteArray {
        val bitmap = Bitmap.createBitmap(SIDE, SIDE, Bitmap.Config.ARGB_8888)
        val canvas = Canvas(bitmap)
        canvas.scale(SIDE.toFloat() / width, SIDE.toFloat() / height)
        draw(canvas)
        val pixels = IntArray(SIDE * SIDE)
        bitmap.getPixels(pixels, 0, SIDE, 0, 0, SIDE, SIDE)
        bitmap.recycle()
        // Black on white: every channel is the grey level.
        return ByteArray(pixels.size) { (pixels[it] and 0xFF).toByte() }
    }

    override fun onDraw(canvas: Canvas) {
        canvas.drawColor(Color.WHITE)
        pen.strokeWidth = width / 14f
        canvas.drawPath(path, pen)
    }

    @SuppressLint("ClickableViewAccessibility")
    override fun onTouchEvent(event: MotionEvent): Boolean {
        when (event.action) {
            MotionEvent.ACTION_DOWN -> path.moveTo(event.x, event.y)
            MotionEvent.ACTION_MOVE -> path.lineTo(event.x, event.y)
            MotionEvent.ACTION_UP -> onLifted()
        }
        invalidate()
        return true
    }

    companion object {
        const val SIDE = 280
    }
}
