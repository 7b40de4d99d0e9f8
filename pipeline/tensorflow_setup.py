"""Imports TensorFlow once, quietly and deterministically, for the stages that need it."""

import os

from pipeline.errors import PipelineError
from pipeline.native_output import native_output_to


def prepare_tensorflow() -> None:
    """Must run before the first import of TensorFlow or Keras in this process; harmless when called again.

    Operations are deterministic and use one thread each, so that one seed gives the same bytes on the same kind of
    processor, however many cores it has. What can run side by side is said by the graph: see `Recipe.num_shards`.

    Raises:
        PipelineError: TensorFlow was used before, with other threads.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    with native_output_to():
        import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    tf.config.experimental.enable_op_determinism()
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
    except RuntimeError as error:
        raise PipelineError(
            "expected a process that has not used TensorFlow, found one that has; next: prepare_tensorflow first"
        ) from error
