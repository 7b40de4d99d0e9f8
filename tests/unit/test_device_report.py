import json
import re
import subprocess
from dataclasses import asdict

import msgspec
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.config import PROJECT_ROOT
from pipeline.device_report import Device, DeviceCheck, DeviceFlip, add_devices, devices_table, read_check
from pipeline.errors import ArtifactError, UsageError
from pipeline.html_report import PLACE_OF_DEVICES
from pipeline.manifest import read_manifest
from pipeline.node import node_binary
from pipeline.results import read_results
from pipeline.site.golden import KnownFlip, known_flips

EXPORTS = PROJECT_ROOT / "exports"
LABELS = tuple("0123456789")
PHONE = Device("Mozilla/5.0 <phone>", "Android", "360×800 @3", 8)
CHECK = DeviceCheck(
    schema_version=1,
    model=read_manifest(EXPORTS).files["keras/model.keras"].sha256,
    engine="tfjs/float16 wasm",
    renderer="",
    date="2026-03-01T12:00:00.000Z",
    device=PHONE,
    num_images=500,
    accuracy=0.942,
    reference_accuracy=0.944,
    max_probability_difference=0.03,
    flips=(DeviceFlip(947, 8, 8, 9, 0.02, 0.01),),
    load_s=0.2,
    median_s=0.0007,
    p90_s=0.0011,
)


@pytest.fixture
def save(tmp_path):
    """Saves a check with other values, as the page would; its further fields are ignored."""

    def write(**changes):
        path = tmp_path / "device.json"
        path.write_bytes(msgspec.json.encode({**asdict(CHECK), "clock_step_s": 1e-4, **changes}))
        return path

    return write


def judged(cases, release):
    """What the page makes of flips that it finds, and what it knows of each of its engines."""
    script = PROJECT_ROOT / "tests" / "web" / "verdicts.mjs"
    command = [node_binary(), script, msgspec.json.encode(cases), msgspec.json.encode(release)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(result.stdout)


def test_only_flips_that_the_release_knows_are_still_the_same_model():
    three, four, five = (KnownFlip(id_, 9) for id_ in (3, 4, 5))
    cases = [([], []), ([], [three]), ([three], [three, four]), ([three, five], [three, four]), ([five], [])]
    assert judged(cases, {})["verdicts"] == ["same", "same", "known", "differs", "differs"]


def test_other_answer_than_the_known_one_to_the_same_image_differs():
    cases = [([KnownFlip(947, 1)], [KnownFlip(947, 9)]), ([KnownFlip(947, 1)], [KnownFlip(947, 9), KnownFlip(947, 1)])]
    assert judged(cases, {})["verdicts"] == ["differs", "known"]


def test_release_knows_the_format_of_every_engine_of_the_page():
    release = known_flips(read_results(EXPORTS / "results.json").parity)
    known = judged([], release)["known"]
    flip = release["tflite/int8"][0]
    assert {"id": flip.id, "candidate": flip.candidate} in known["litert/int8/wasm"]
    assert not any(isinstance(flips, str) for flips in known.values())


def test_engine_whose_format_the_release_does_not_name_is_an_error():
    known = judged([], {"tflite/int8": []})["known"]
    assert known["litert/int8/wasm"] == []
    assert known["tfjs/uint8/cpu"] == "RangeError: expected the flips of tfjs/uint8, found those of tflite/int8"


def test_read_check_reads_what_the_page_saves(save):
    assert read_check(save(), EXPORTS, 10) == CHECK


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema_version": 2, "flips": "other"}, "expected schema version 1, found 2"),
        ({"model": "f" * 64}, r"expected a check of the model in .*, found one of f{12}…; next: "),
        ({"accuracy": "high"}, "expected what the page saves after a check of a device, found something else in"),
        ({"flips": [asdict(DeviceFlip(1, 0, 0, 10, 0, 0))]}, r"expected answers from 0 to 9, found \[0, 10\]"),
    ],
)
def test_read_check_of_anything_else_is_one_error(save, changes, message):
    with pytest.raises(UsageError, match=message):
        read_check(save(**changes), EXPORTS, 10)


def test_devices_table_says_how_many_images_flip():
    table = devices_table([CHECK])
    cells = dict(zip(table.headings, table.rows[0], strict=True))
    assert cells["device"] == "Android, 8 cores, 360×800 @3"
    assert cells["flips"] == "1 of 500"
    assert (cells["median"], cells["p90"]) == ("700.0 µs", "1.10 ms")


def test_add_devices_puts_them_where_the_report_has_a_place(tmp_path):
    report = tmp_path / "report.html"
    report.write_text(f"<p>before</p>{PLACE_OF_DEVICES}<p>after</p>")
    page = add_devices(report, [CHECK], LABELS)
    assert re.search(r"^<p>before</p>\s*<h2>On other devices</h2>.*<p>after</p>$", page, re.DOTALL)
    assert "test image 947, label 8: 9 (" in page
    assert PLACE_OF_DEVICES not in page


def test_add_devices_to_a_report_without_a_place_is_an_error(tmp_path):
    (tmp_path / "report.html").write_text("<p>an older one</p>")
    with pytest.raises(ArtifactError, match="has no place for other devices; next: pipeline build-all"):
        add_devices(tmp_path / "report.html", [CHECK], LABELS)


def test_report_command_writes_a_page_with_the_devices(save, tmp_path):
    output = tmp_path / "page.html"
    arguments = ["report", "--exports", str(EXPORTS), "--device", str(save(flips=[])), "--output", str(output)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert f"the report with this device: {output}" in result.stdout
    page = output.read_text()
    assert "Android, 8 cores" in page
    # Whatever else the released page says is still there.
    assert (EXPORTS / "report.html").read_text().split(PLACE_OF_DEVICES)[1] in page


def test_device_that_computes_no_numbers_is_shown(save):
    flip = {**asdict(CHECK.flips[0]), "candidate_margin": None}
    check = read_check(save(max_probability_difference=None, load_s=None, flips=[flip]), EXPORTS, 10)
    cells = dict(zip(devices_table([check]).headings, devices_table([check]).rows[0], strict=True))
    assert (cells["max |Δp|"], cells["load"]) == ("no number", "–")


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--output", "x.html"], "--output needs --device"), (["--json"], "--device writes a page")],
)
def test_report_options_that_do_not_belong_together(save, options, message):
    devices = ["--device", str(save())] if "--json" in options else []
    result = CliRunner().invoke(app, ["report", "--exports", str(EXPORTS), *devices, *options])
    assert result.exit_code == 2
    assert message in result.output


def test_report_of_devices_leaves_the_release_alone(save):
    place = EXPORTS / "report.html"
    before = place.read_bytes()
    arguments = ["report", "--exports", str(EXPORTS), "--device", str(save()), "--output", str(place)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "expected a file outside" in result.output
    assert place.read_bytes() == before


def test_page_that_names_fewer_than_all_fields_is_refused(tmp_path):
    path = tmp_path / "short.json"
    path.write_text(json.dumps({"schema_version": 1}))
    with pytest.raises(UsageError, match="missing required field"):
        read_check(path, EXPORTS, 10)
