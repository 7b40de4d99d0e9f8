"""The network families. A new one is one file and one entry in `ARCHITECTURES`."""

from pipeline.architectures.base import Architecture
from pipeline.architectures.cnn_1m2 import CNN_1M2
from pipeline.architectures.edge import EDGE
from pipeline.architectures.full import FULL
from pipeline.architectures.lenet5 import LENET5
from pipeline.architectures.mlp_3x256 import MLP_3X256
from pipeline.architectures.mlp_128 import MLP_128
from pipeline.architectures.mlp_200 import MLP_200
from pipeline.architectures.nano import NANO
from pipeline.errors import look_up

OURS = (NANO, EDGE, FULL)
PUBLISHED = (CNN_1M2, MLP_200, LENET5, MLP_3X256, MLP_128)
ARCHITECTURES = {architecture.name: architecture for architecture in (*OURS, *PUBLISHED)}


def get_architecture(name: str) -> Architecture:
    """The architecture of that name.

    Raises:
        UsageError: No such architecture; the message names the nearest.
    """
    return look_up("architecture", name, ARCHITECTURES)
