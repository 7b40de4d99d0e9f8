"""data fetch, data info: the data set."""

from pipeline.commands.options import BuildDirOption, DataDirOption, JsonOption
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_DATASET
from pipeline.console import print_json, print_table


def fetch_data(data_dir: DataDirOption = None, build_dir: BuildDirOption = DEFAULT_BUILD_DIR) -> None:
    """Find the data set, verify it, and keep a copy in the cache."""
    from pipeline.data.datasets import DATASETS
    from pipeline.data.sources import fetch

    print(f"verified: {fetch(DATASETS[DEFAULT_DATASET], build_dir, data_dir)}")


def describe_data(
    data_dir: DataDirOption = None, build_dir: BuildDirOption = DEFAULT_BUILD_DIR, as_json: JsonOption = False
) -> None:
    """Show how many images of each label the parts hold."""
    from pipeline.config import SplitConfig
    from pipeline.data.datasets import DATASETS
    from pipeline.data.splits import load_splits
    from pipeline.tables import Table

    dataset = DATASETS[DEFAULT_DATASET]
    splits = load_splits(dataset, SplitConfig(), build_dir, data_dir)
    labels = dataset.contract.labels
    counts = {
        name: [int((subset.labels == index).sum()) for index in range(len(labels))]
        for name, subset in vars(splits).items()
    }
    if as_json:
        print_json({"name": dataset.name, "licence": dataset.licence, "labels": labels, "images": counts})
        return
    rows = tuple((name, f"{sum(numbers):,}", *map(str, numbers)) for name, numbers in counts.items())
    print_table(Table(("part", "images", *labels), rows, first_number=1))
    print(dataset.licence)
