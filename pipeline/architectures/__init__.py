"""The network families. A new one is one file and one entry in `ARCHITECTURES`."""

from pipeline.architectures.base import Architecture
from pipeline.architectures.edge import EDGE
from pipeline.architectures.nano import NANO
from pipeline.errors import look_up

ARCHITECTURES = {architecture.name: architecture for architecture in (EDGE, NANO)}


def get_architecture(name: str) -> Architecture:
    """The architecture of that name.

    Raises:
        PipelineError: No such architecture; the message names the nearest.
    """
    return look_up("architecture", name, ARCHITECTURES)
