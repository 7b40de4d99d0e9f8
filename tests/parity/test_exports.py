"""The committed exports/ in every engine: does the release still hold on this machine?"""

import pytest

from pipeline.build_config import BuildConfig, get_profile
from pipeline.build_stages.release import ids_sha256
from pipeline.build_stages.report import flipped_images
from pipeline.config import DEFAULT_BUILD_DIR, PROJECT_ROOT
from pipeline.contract import read_contract
from pipeline.data.datasets import MNIST
from pipeline.data.sources import fetch, load
from pipeline.data.splits import split
from pipeline.files import raw_bytes
from pipeline.formats import FORMATS
from pipeline.html_report import render_html
from pipeline.manifest import read_manifest, verify
from pipeline.parity import run_parity
from pipeline.progress import Silent
from pipeline.report import render_markdown
from pipeline.results import read_results
from pipeline.runtimes import RUNTIMES, pairs

EXPORTS = PROJECT_ROOT / "exports"
PAIRS = [(format_.name, runtime.name) for format_, runtime in pairs(FORMATS.values(), RUNTIMES.values())]
MAX_BYTES = 1_500_000


@pytest.fixture(scope="module")
def splits():
    config = BuildConfig(get_profile("default"), "edge", EXPORTS)
    return split(load(MNIST, fetch(MNIST, PROJECT_ROOT / DEFAULT_BUILD_DIR)), config.splits)


@pytest.fixture(scope="module")
def rows(splits):
    # Every row; the slow engines answer for fewer images than in the build that made the files.
    found = run_parity(EXPORTS, read_contract(EXPORTS), splits.test, Silent(), slow_images_scale=0.2)
    return {(row.format, row.runtime): row for row in found}


@pytest.mark.parametrize("pair", PAIRS, ids=[f"{format_}-{runtime}" for format_, runtime in PAIRS])
def test_release_is_the_same_model(rows, pair):
    row = rows[pair]
    assert row.exported.is_yes, row.reason
    assert row.ran.is_yes, row.reason
    assert row.same.is_yes, row.reason


def test_release_reference_is_accurate(rows):
    assert rows["keras", "keras"].agreement.accuracy >= 0.995


def test_release_is_unchanged_and_small():
    verify(EXPORTS)
    assert raw_bytes(EXPORTS) <= MAX_BYTES


def test_release_results_cover_every_row():
    results = read_results(EXPORTS / "results.json")
    assert {(row.format, row.runtime) for row in results.parity} == set(PAIRS)
    assert results.is_same_everywhere


def test_release_says_how_good_the_reference_is(rows):
    results = read_results(EXPORTS / "results.json")
    reference = rows["keras", "keras"].agreement
    assert results.quality.accuracy == reference.accuracy
    assert results.quality.calibration_error == pytest.approx(reference.calibration_error, abs=1e-4)
    assert results.quality.calibration_error <= 0.0025


def test_release_report_shows_the_results():
    results = read_results(EXPORTS / "results.json")
    assert (EXPORTS / "report.md").read_text() == render_markdown(results)


def test_release_page_shows_the_results(splits):
    results = read_results(EXPORTS / "results.json")
    page = render_html(results, [], flipped_images(results, splits.test))
    found = (EXPORTS / "report.html").read_text()
    # The charts stand between; they are drawn from what a release does not keep.
    assert page[: page.index("<h2>How good")] in found
    assert page[page.index("<h2>Lost by label") :] in found


def test_release_manifest_records_this_split(splits):
    recorded = read_manifest(EXPORTS).provenance["splits"]
    assert recorded["validation_ids_sha256"] == ids_sha256(splits.validation.ids.tolist())
    assert recorded["calibration_ids_sha256"] == ids_sha256(splits.calibration.ids.tolist())
