package com.example.symbolreader

/** From any grey picture to the model's input: preparation.c, the same on every device. */
object Preparation {
    init {
        System.loadLibrary("preparation")
    }

    /**
     * The model's input, or null for a picture without ink.
     *
     * @param picture grey levels, height rows of width bytes; 0 is black
     */
    external fun prepare(picture: ByteArray, height: Int, width: Int): ByteArray?
}
