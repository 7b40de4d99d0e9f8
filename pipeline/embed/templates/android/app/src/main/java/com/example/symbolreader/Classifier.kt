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
    private val network = ByteNetwork(assets, Contract.BYTES_MODEL, Contract.LABELS.size)

    override fun classify(image: ByteArray): FloatArray {
        val steps = network.run(image)
        return FloatArray(steps.size) { steps[it] * Contract.OUTPUT_SCALE }
    }

    override fun close() = network.close()
}

/** A second network, which says whether an image shows any of [Contract.LABELS] at all. */
class Detector(assets: AssetManager) : AutoCloseable {
    private val network = ByteNetwork(assets, Contract.DETECTOR_MODEL, Contract.LABELS.size + 1)

    /** Whether the answer for the image is to be withheld. */
    fun isNone(image: ByteArray): Boolean = network.run(image).last() > Contract.MAX_NONE

    override fun close() = network.close()
}

/** A TFLite file with bytes at its border, in LiteRT's Interpreter. */
private class ByteNetwork(assets: AssetManager, name: String, private val numOutputs: Int) : AutoCloseable {
    private val interpreter = Interpreter(map(assets, name), Interpreter.Options().setNumThreads(1))
    private val input = ByteBuffer.allocateDirect(Contract.IMAGE_BYTES).order(ByteOrder.nativeOrder())
    private val output = ByteBuffer.allocateDirect(numOutputs).order(ByteOrder.nativeOrder())

    /** Outputs as they are stored, from 0 to 255. */
    fun run(image: ByteArray): IntArray {
        input.rewind()
        input.put(image)
        input.rewind()
        output.rewind()
        interpreter.run(input, output)
        return IntArray(numOutputs) { output.get(it).toInt() and 0xFF }
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
