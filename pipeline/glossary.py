"""What the words of a report mean, for readers who have never quantised a network."""

from collections.abc import Iterable

from pipeline.formats import FORMATS
from pipeline.results import ParityRow
from pipeline.runtimes import RUNTIMES

TERMS = {
    "flip": "an image that gets another answer than from the Keras reference",
    "ahead by": "the highest probability minus the second; where it is small, rounding decides the answer",
    "tie": "two labels with the same highest probability, as bytes often have; the first of them is the answer",
    "drop, pp": "accuracy lost against the reference, in percentage points; below zero where flips are for the better",
    "|Δp|": "how far a probability is from the reference's, 0 to 1",
    "borderline set": "the test images that the reference is least sure of: 500 of them, in the profile quick 50",
    "median, p90, p99": "half, 90 % and 99 % of the timed runs take no longer",
    "A/A": "difference of two measurements of the same thing: the noise",
    "float32, float16": "numbers of 32 and 16 bits",
    "int8, uint8": "whole numbers of 8 bits, each standing for a multiple of a step, the scale",
    "dynamic range": "weights of 8 bits; what flows between layers is rounded to 8 bits while the network runs",
    "XNNPACK": "fast kernels of LiteRT for processors; a kernel is the code of one operation",
    "reference kernels": "plain, slow kernels that define what an operation has to compute",
    "arena": "the piece of memory in which TFLite Micro keeps everything but the file itself",
    "WebAssembly, WebGL, WebGPU": "how a page computes: on the processor, and in two ways on the graphics card",
    "SwiftShader": "a graphics card imitated by the processor; its times say nothing of a real one",
    "gzip": "size as a web server sends it",
}


def describe_formats(rows: Iterable[ParityRow]) -> dict[str, str]:
    """The formats of rows and what each is, in their order."""
    return {row.format: FORMATS[row.format].description for row in rows if row.format in FORMATS}


def describe_engines(rows: Iterable[ParityRow]) -> dict[str, str]:
    """The engines of rows and what each is, in their order."""
    return {row.runtime: RUNTIMES[row.runtime].description for row in rows if row.runtime in RUNTIMES}
