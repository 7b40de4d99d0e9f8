package com.example.symbolreader

import android.content.res.AssetManager
import com.google.ai.edge.litert.Accelerator
import com.google.ai.edge.litert.CompiledModel
import java.io.FileInputStream
import java.nio.ByteBuffer
import java.nio.ByteOrder
import java.nio.MappedByteBuffer
import java.nio.channels.FileChannel
import org.tensorflow.lite.Interpreter

/** Probabilities for one prepared image, in the order of [Contract.LABELS]. */
interface Classifier : AutoCloseable {
    fun classify(image: ByteArray): FloatArray
}

/** LiteRT's CompiledModel with the float border: it may run on the GPU or an NPU, too. */
class CompiledModelClassifier(assets: AssetManager, accelerator: Accelerator = Accelerator.CPU) : Classifier {
    private val model = CompiledModel.create(assets, Contract.FLOAT_MODEL, CompiledModel.Options(accelerator))
    private val inputs = model.createInputBuffers()
    private val outputs = model.createOutputBuffers()

    override fun classify(image: ByteArray): FloatArray {
        // The model itself scales: it takes 0 to 255.
        inputs[0].writeFloat(FloatArray(Contract.IMAGE_BYTES) { (image[it].toInt() and 0xFF).toFloat() })
        model.run(inputs, outputs)
        return outputs[0].readFloat()
    }

    override fun close() {
        inputs.forEach { it.close() }
        outputs.forEach { it.close() }
        model.close()
    }
}

/** LiteRT's Interpreter with bytes at the border: nothing is converted. */
class InterpreterClassifier(assets: AssetManager) : Classifier {
    private val interpreter = Interpreter(map(assets, Contract.BYTES_MODEL), Interpreter.Options().setNumThreads(1))
    private val input = ByteBuffer.allocateDirect(Contract.IMAGE_BYTES).order(ByteOrder.nativeOrder())
    private val output = ByteBuffer.allocateDirect(Contract.LABELS.size).order(ByteOrder.nativeOrder())

    override fun classify(image: ByteArray): FloatArray {
        input.rewind()
        input.put(image)
        input.rewind()
        output.rewind()
        interpreter.run(input, output)
        return FloatArray(Contract.LABELS.size) { (output.get(it).toInt() and 0xFF) * Contract.OUTPUT_SCALE }
    }

    override fun close() = interpreter.close()

    private fun map(assets: AssetManager, name: String): MappedByteBuffer =
        assets.openFd(name).use { file ->
            FileInputStream(file.fileDescriptor).channel.map(
                FileChannel.MapMode.READ_ONLY,
                file.startOffset,
                file.declaredLength,
            )
        }
}
