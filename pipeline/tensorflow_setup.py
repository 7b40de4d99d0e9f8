"""Imports TensorFlow once, quietly and deterministically, for the stages that need it."""

import os

from pipeline.native_output import native_output_to


def prepare_tensorflow() -> None:
    """Must run before the first import of TensorFlow or Keras in this process; harmless when called again.

    Operations are made deterministic, so that one seed gives the same bytes on the same machine.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    with native_output_to():
        import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    tf.config.experimental.enable_op_determinism()
