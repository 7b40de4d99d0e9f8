"""The engines. A new one is one file and one entry in `RUNTIMES`."""

from collections.abc import Iterable

from pipeline.errors import look_up
from pipeline.formats.base import Format
from pipeline.runtimes.base import Runtime
from pipeline.runtimes.chromium import CHROMIUM_RUNTIMES
from pipeline.runtimes.keras_model import KERAS_MODEL
from pipeline.runtimes.litert import LITERT_RUNTIMES
from pipeline.runtimes.saved_model import SAVED_MODEL_RUNTIMES
from pipeline.runtimes.tfjs_node import TFJS_NODE_RUNTIMES
from pipeline.runtimes.tflite_micro import TFLITE_MICRO

RUNTIMES = {
    runtime.name: runtime
    for runtime in (
        KERAS_MODEL,
        *SAVED_MODEL_RUNTIMES,
        *LITERT_RUNTIMES,
        TFLITE_MICRO,
        *TFJS_NODE_RUNTIMES,
        *CHROMIUM_RUNTIMES,
    )
}


def get_runtime(name: str) -> Runtime:
    """The runtime of that name.

    Raises:
        UsageError: No such runtime; the message names the nearest.
    """
    return look_up("runtime", name, RUNTIMES)


def pairs(formats: Iterable[Format], runtimes: Iterable[Runtime]) -> list[tuple[Format, Runtime]]:
    """The rows of every table: each format in each of the engines that run it, in the order of the registries."""
    chosen = list(runtimes)
    return [(format_, runtime) for format_ in formats for runtime in chosen if _runs(runtime, format_)]


def _runs(runtime: Runtime, format_: Format) -> bool:
    return format_.family in runtime.families and (runtime.formats is None or format_.name in runtime.formats)
