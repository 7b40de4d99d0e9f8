"""The kinds of artifact, in the order of export. A new one is one file and one entry in `FORMATS`."""

from pipeline.errors import look_up
from pipeline.formats.base import Format
from pipeline.formats.keras_file import KERAS
from pipeline.formats.saved_model import SAVED_MODEL
from pipeline.formats.tfjs import TFJS_FORMATS
from pipeline.formats.tflite import TFLITE_FORMATS

FORMATS = {format_.name: format_ for format_ in (KERAS, SAVED_MODEL, *TFLITE_FORMATS, *TFJS_FORMATS)}


def get_format(name: str) -> Format:
    """The format of that name.

    Raises:
        UsageError: No such format; the message names the nearest.
    """
    return look_up("format", name, FORMATS)
