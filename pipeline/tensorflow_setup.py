"""Imports TensorFlow once, quietly and deterministically, for the stages that need it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def prepare_tensorflow() -> None:
    """Must run before the first import of TensorFlow or Keras in this process; harmless when called again.

    Operations are made deterministic, so that one seed gives the same bytes on the same machine.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

    import tensorflow as tf

    tf.get_logger().setLevel("ERROR")
    tf.config.experimental.enable_op_determinism()


@contextmanager
def native_output_to(log: Path) -> Iterator[None]:
    """Sends what this process and its native libraries write to stdout and stderr into a file.

    The converters of TensorFlow write dozens of lines past Python's streams; they belong into a log, not between
    the lines that the user reads.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    saved = os.dup(1), os.dup(2)
    try:
        with log.open("ab") as stream:
            os.dup2(stream.fileno(), 1)
            os.dup2(stream.fileno(), 2)
        yield
    finally:
        for descriptor, original in zip((1, 2), saved, strict=True):
            os.dup2(original, descriptor)
            os.close(original)
