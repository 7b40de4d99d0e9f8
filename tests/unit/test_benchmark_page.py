from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from benchmarks import tables
from benchmarks.demo_page import demo_sections, lighthouse_sections
from benchmarks.embedded_page import embedded_sections
from benchmarks.page import measured_points, render_page, summary_table
from benchmarks.records import (
    C99Record,
    EmbeddedRow,
    LighthouseRecord,
    SeedRow,
    SeedsRecord,
    SourceRow,
    SourcesRecord,
    TimeRecord,
    TimeRow,
    WebDemoRecord,
)
from benchmarks.sources import CLAIMS
from pipeline.architectures import PUBLISHED
from pipeline.charts.architectures import ArchitecturePoint
from pipeline.results import Size, TimingRow

TIMINGS = (
    TimingRow("tflite/float32", "litert", "ok", "", median_s=40e-6, num_runs=2_000),
    TimingRow("tflite/int8", "litert", "noisy", "", median_s=30e-6, num_runs=2_000),
    TimingRow("tflite/int8", "litert-reference", "ok", "", median_s=900e-6, num_runs=2_000),
)
SIZES = (Size("tflite/float32", 122_880, 100_000), Size("tflite/int8", 38_400, 30_000))
FIRST = SeedRow(0, 360.0, 0.9954, 0.8, 0.997, 0.998, 0.001, 0.002, 0.997, 0.004, 0)
SECOND = SeedRow(1, 420.0, 0.9962, 0.8, 0.995, 0.996, 0.003, 0.005, 0.994, 0.004, 10)
SOURCE = SourceRow(
    arch="mlp-128",
    claim="97.89 %",
    changed="nothing",
    num_parameters=101_770,
    epochs=10,
    training_s=90.0,
    accuracy=0.9772,
    accuracy_without_wrong_labels=0.9780,
    calibration_error=0.012,
    trouble=("tflite/int8 in litert: 12 flips",),
    timings=(*TIMINGS, TimingRow("tfjs/float32", "tfjs-node-wasm", "not run", "Node.js is missing")),
    sizes=(*SIZES, Size("tfjs/float32", 1_000, 900)),
)


@pytest.fixture
def seeds(environment):
    return SeedsRecord(environment, "edge", 29_818, 32, 10_000, (FIRST, SECOND), TIMINGS, SIZES)


@pytest.fixture
def sources(environment):
    return SourcesRecord(environment, (SOURCE,))


def line_of(page, beginning):
    """The cells of the only table row that begins so."""
    (line,) = [line for line in page.splitlines() if line.startswith(f"| {beginning} ")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_summary_shows_means_sizes_and_times_of_litert(seeds, sources):
    assert summary_table([seeds], sources).rows == (
        ("**edge**", "29,818", "37.5", "99.60% ± 0.14", "40.0 µs", "30.0 µs ~"),
        ("mlp-128", "101,770", "37.5 ✗", "97.72%", "40.0 µs", "30.0 µs ~"),
    )


def test_times_of_another_machine_than_the_others_are_marked(seeds, sources):
    elsewhere = replace(seeds, arch="full", environment=replace(seeds.environment, cpu="Another 3000"))
    for records in ([seeds, elsewhere], [elsewhere, seeds]):
        times = {row[0]: row[-2:] for row in summary_table(records, sources).rows}
        assert times.pop("**full**") == ("40.0 µs †", "30.0 µs ~ †")
        assert set(times.values()) == {("40.0 µs", "30.0 µs ~")}
    page = render_page([seeds, replace(seeds, arch="nano"), elsewhere], None, None)
    assert line_of(page.split("| training | validation")[0], "full")[-2:] == ["40.0 µs †", "30.0 µs ~ †"]
    assert line_of(page.split("| training | validation")[0], "nano")[-2:] == ["40.0 µs", "30.0 µs ~"]


@pytest.mark.parametrize("trouble", [(), ("tflite/int8_float_io in litert: 12 flips",)])
def test_summary_marks_no_int8_file_that_passes(sources, trouble):
    row = replace(SOURCE, trouble=trouble)
    assert summary_table([], replace(sources, rows=(row,))).rows[0][2] == "37.5"


def test_summary_of_untimed_files_has_dashes(seeds):
    (row,) = summary_table([replace(seeds, timings=(), sizes=())], None).rows
    assert row == ("**edge**", "29,818", "–", "99.60% ± 0.14", "–", "–")


def test_page_without_records_promises_nothing():
    page = render_page([], None, None)
    assert "Published networks" not in page
    assert "Time to an accuracy" not in page


def test_page_gives_the_cost_of_int8_over_seeds(seeds):
    cells = line_of(render_page([seeds], None, None), "edge")
    # One of two trainings loses 0.1 points and flips 10 of 10,000 images.
    assert cells[7:9] == ["0.050", "99.95%"]


def test_page_marks_the_training_that_is_best_on_validation(seeds):
    page = render_page([seeds], None, None)
    assert line_of(page, "edge, seed 1 (best on validation)")[1] == "99.62%"
    assert line_of(page, "edge, seed 0")


def test_page_shows_what_did_not_run_and_what_is_not_the_same(sources):
    page = render_page([], sources, None)
    assert line_of(page, "tfjs/float32")[2:] == ["1,000", "–", "–", "not run"]
    assert line_of(page, "mlp-128")[-1] == "no"
    assert "- tflite/int8 in litert: 12 flips" in page


@pytest.mark.parametrize(
    ("reached", "shown"),
    [([10.0, 14.0, 30.0], "14 s"), ([10.0, 14.0, None], "14 s"), ([10.0, None, None], "never")],
    ids=["all", "most", "few"],
)
def test_page_counts_a_training_that_never_arrived_as_the_latest(environment, reached, shown):
    rows = tuple(TimeRow("sprint", seed, 0.99, after, 0.991, 31.0) for seed, after in enumerate(reached))
    cells = line_of(render_page([], None, TimeRecord(environment, rows)), "sprint")
    num_reached = sum(after is not None for after in reached)
    assert cells[2:4] == [f"{num_reached} of 3", shown]


def test_every_published_network_has_a_claim():
    assert set(CLAIMS) == {architecture.name for architecture in PUBLISHED}


def test_measured_points_are_means_of_ours_and_single_runs_of_others(seeds, sources):
    assert measured_points([seeds], sources) == [
        ArchitecturePoint("edge", 29_818, pytest.approx(0.996), pytest.approx(0.002 / 2**0.5), "this project"),
        ArchitecturePoint("mlp-128", 101_770, 0.9772, None, "published elsewhere"),
    ]


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Runs the program on copies of the files that it writes."""
    app = typer.Typer()
    app.command()(tables.main)
    for name in ("PAGE", "CHART", "DAMAGE_CHART", "ROTATION_CHART", "README", "MEASURED_ARCHITECTURES"):
        path = getattr(tables, name)
        copy = tmp_path / path.name
        if path.is_file():
            copy.write_bytes(path.read_bytes())
        monkeypatch.setattr(tables, name, copy)
    monkeypatch.setattr(tables, "PROJECT_ROOT", tmp_path)
    return lambda *options: CliRunner().invoke(app, options)


@pytest.mark.parametrize("name", ["RESULTS.md", "README.md", "architectures.json"])
def test_check_finds_a_file_that_does_not_show_the_results_and_changes_nothing(run, tmp_path, name):
    assert run().exit_code == 0
    assert run("--check").exit_code == 0
    path = tmp_path / name
    changed = path.read_bytes().replace(b"edge", b"egde")
    path.write_bytes(changed)
    result = run("--check")
    assert result.exit_code == 1
    assert path.read_bytes() == changed
    assert run().exit_code == 0
    assert run("--check").exit_code == 0


def test_readme_without_marks_is_refused(run, tmp_path):
    (tmp_path / "README.md").write_text("# same-model\n")
    result = run()
    assert result.exit_code == 1
    assert (tmp_path / "README.md").read_text() == "# same-model\n"


def test_embedded_page_says_what_was_not_measured(environment):
    rows = (
        EmbeddedRow("c99", 31_602, 33_334, 7_840, 8.9e6, 9.1e6, 885e-6),
        EmbeddedRow("tflite-micro", 38_576, None, 11_824, None, None, 1.76e-3),
    )
    page = "\n".join(embedded_sections(C99Record(environment, ("gcc 12",), 32, rows)))
    assert "| c99 | 31,602 | 33,334 | 7,840 | 8,900,000 | 9,100,000 | 885.0 µs |" in page
    assert "| tflite-micro | 38,576 | – | 11,824 | – | – | 1.76 ms |" in page


def test_page_shows_the_web_demo_beside_its_budgets(seeds, environment):
    demo = WebDemoRecord(
        environment=environment,
        browser="Chromium 147",
        wire_bytes={
            "vendor/tfjs-wasm/a.wasm": 137_000,
            "vendor/tfjs.js": 70_000,
            "models/a.bin": 55_000,
            "main.js": 8_000,
        },
        first_answers_s=(0.5, 0.3, 0.4),
        answers_s=(0.001, 0.003, 0.002),
        preparations_s=(0.004, 0.0005, 0.001),
        grainy_preparations_s=(0.002,),
        num_growth_answers=10_000,
        tensors=0,
        heap_bytes=1_200_000,
        wasm_bytes=0,
        frames_s=(1 / 60, 1 / 60, 1 / 60, 0.1),
        slowdown=6,
    )
    page = render_page([seeds], None, None, demo_sections(demo))
    assert line_of(page, "loaded until the first answer")[1:] == ["≤ 350 kB", "270 kB in 4 files"]
    assert line_of(page, "from the navigation to the first answer")[2] == "400.00 ms (best 300.00 ms)"
    assert line_of(page, "an answer, preparation included")[2] == "2.00 ms (p90 3.00 ms)"
    assert line_of(page, "the preparation of a drawing of 400 × 400 pixels")[2] == "1.00 ms (p90 4.00 ms)"
    assert line_of(page, "the same on grainy paper")[1:] == ["≤ 1 ms", "2.00 ms (p90 2.00 ms)"]
    assert line_of(page, "frames a second while drawing, processor slowed 6×")[2] == "60 (late: 25%)"
    assert line_of(page, "growth over 10,000 answers")[2] == "tensors 0, WebAssembly 0 bytes, heap 1.2 MB"
    assert line_of(page, "the page itself") == ["the page itself", "8"]


def test_page_shows_the_median_and_the_range_of_lighthouse(seeds, environment):
    record = LighthouseRecord(environment, "1.2.3", {"performance": (0.92, 0.97, 0.94), "accessibility": (1, 1, 1)})
    page = render_page([seeds], None, None, lighthouse_sections(record))
    assert "Lighthouse 1.2.3, mobile setting" in page
    assert line_of(page, "performance")[1:] == ["≥ 95", "94", "92–97"]
    assert line_of(page, "accessibility")[1:] == ["≥ 95", "100", "100–100"]
