package com.example.symbolreader

import android.app.Activity
import android.os.Bundle
import android.view.Gravity
import android.widget.Button
import android.widget.LinearLayout
import android.widget.TextView

/** A square of paper, the answer below it, and a button that clears both. */
class MainActivity : Activity() {
    private lateinit var classifier: Classifier
    private lateinit var detector: Detector
    private lateinit var paper: DrawingView
    private lateinit var answer: TextView

    override fun onCreate(savedInstanceState: Bundle?) {
        super.onCreate(savedInstanceState)
        classifier = CompiledModelClassifier(assets) // or InterpreterClassifier(assets)
        detector = Detector(assets)
        paper = DrawingView(this) { answer.text = read() }
        answer = TextView(this).apply { textSize = 32f }
        val clear =
            Button(this).apply {
                text = "Clear"
                setOnClickListener {
                    paper.clear()
                    answer.text = ""
                }
            }
        val side = resources.displayMetrics.widthPixels
        val column = LinearLayout(this).apply { orientation = LinearLayout.VERTICAL }
        column.gravity = Gravity.CENTER_HORIZONTAL
        column.addView(paper, LinearLayout.LayoutParams(side, side))
        column.addView(answer)
        column.addView(clear)
        setContentView(column)
    }

    override fun onDestroy() {
        classifier.close()
        detector.close()
        super.onDestroy()
    }

    private fun read(): String {
        val side = DrawingView.SIDE
        val image = Preparation.prepare(paper.grey(), side, side) ?: return "No ink"
        if (detector.isNone(image)) return "No symbol here"
        val probabilities = classifier.classify(image)
        val best = probabilities.indices.maxBy { probabilities[it] }
        return "%s  %.1f%%".format(Contract.LABELS[best], 100 * probabilities[best])
    }
}
