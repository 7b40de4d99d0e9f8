"""inspect: what a network has learnt, as pictures."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.options import ArchOption, BuildDirOption, ExportsOption, JsonOption
from pipeline.config import DEFAULT_BUILD_DIR, DEFAULT_EXPORTS, DEFAULT_PROFILE, PROFILES
from pipeline.console import print_json, show_progress
from pipeline.errors import PipelineError

if TYPE_CHECKING:
    from pipeline.contract import ModelContract
    from pipeline.inspection.run import Picture


def inspect(
    picture: Annotated[
        Path | None, typer.Argument(metavar="PICTURE", help="One symbol; the first golden image if not given.")
    ] = None,
    arch: ArchOption = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="NUMBER", min=0, max=2**31 - 1, help="Seed of the training.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="PROFILE", help=f"Of the training: {', '.join(PROFILES)}.")
    ] = None,
    exports: ExportsOption = DEFAULT_EXPORTS,
    build_dir: BuildDirOption = DEFAULT_BUILD_DIR,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FOLDER", help="Folder for the pictures; build/inspect/NETWORK if not given."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a network has learnt, as pictures.

    The image of each label that it finds most typical, its kernels, and what its layers make of a picture.
    The released network, or, with --arch, --seed or --profile, the one that was trained with these options.
    """
    from pipeline.inspection.page import write_page
    from pipeline.inspection.run import inspect_network

    is_released = arch is None and seed is None and profile is None
    name, model, contract = _released(exports) if is_released else _trained(arch, seed or 0, profile, build_dir)
    shown = _golden(exports, contract) if picture is None else _read(picture, contract)
    folder = output or build_dir / "inspect" / name
    with show_progress() as progress:
        inspection = inspect_network(name, model, contract, shown, folder, progress)
    page = write_page(inspection)
    if as_json:
        print_json(inspection)
        return
    for answer in inspection.typical:
        remark = "" if answer.is_right else f", taken for {answer.answer}"
        print(f"typical {answer.label}: {answer.probability:.1%}{remark}")
    print(f"{len(inspection.sheets)} pictures: {page}")


def _released(exports: Path) -> "tuple[str, Path, ModelContract]":
    """Name, Keras file and contract of the released network, which is as it was released."""
    from pipeline.contract import read_contract
    from pipeline.formats.keras_file import KERAS
    from pipeline.manifest import verify

    contract = read_contract(exports)
    for path in ("contract.json", KERAS.path):
        verify(exports, path)
    return exports.resolve().name, exports / KERAS.path, contract


def _trained(arch: str | None, seed: int, profile: str | None, build_dir: Path) -> "tuple[str, Path, ModelContract]":
    """Name, Keras file and contract of a network that was trained here.

    Raises:
        PipelineError: It was not.
    """
    from pipeline.architectures import get_architecture
    from pipeline.build_config import BuildConfig, get_profile
    from pipeline.build_stages.context import BuildContext
    from pipeline.progress import Silent

    chosen = get_profile(profile or DEFAULT_PROFILE)
    name = get_architecture(arch or chosen.arch).name
    config = BuildConfig(chosen, name, chosen.exports, seed=seed, build_dir=build_dir)
    model = BuildContext(config, Silent()).model
    if not model.is_file():
        raise PipelineError(
            f"expected a trained network at {model}, found none; "
            f"next: pipeline train --arch {name} --seed {seed} --profile {chosen.name} --build-dir {build_dir}"
        )
    return config.run_dir.name, model, config.dataset.contract


def _golden(exports: Path, contract: "ModelContract") -> "Picture":
    from pipeline.export import GOLDEN_IMAGES, read_golden_images
    from pipeline.inspection.run import Picture

    image = read_golden_images(exports, contract)[0]
    return Picture(f"the first of {exports / GOLDEN_IMAGES}", image, image.mean(axis=2).astype("uint8"))


def _read(path: Path, contract: "ModelContract") -> "Picture":
    from pipeline.inspection.run import Picture
    from pipeline.pictures import printable, read_picture
    from pipeline.preprocess import decode, prepare

    try:
        grey = decode(read_picture(path))
        return Picture(printable(path.name), prepare(grey, contract), grey)
    except PipelineError as error:
        raise PipelineError(f"{printable(path)}: {error}") from error
