import gzip
import hashlib
import io
import json
import shutil
from contextlib import nullcontext

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.config import PROJECT_ROOT
from pipeline.errors import ArtifactError, StorageError
from pipeline.formats import FORMATS
from pipeline.progress import Silent
from pipeline.results import Answer, Flip, ParityRow
from pipeline.site import assemble as module
from pipeline.site.assemble import assemble, read_site
from pipeline.site.cache import keep
from pipeline.site.golden import KnownFlip, choose, flips_of, known_flips
from pipeline.site.icons import draw_icons

EXPORTS = PROJECT_ROOT / "exports"
LINK = '<link rel="modulepreload" href="vendor/tfjs.js" />'
PAGE = {
    "index.html": f"<head>{LINK}</head><p>page</p>",
    "main.js": "export {};",
    "views/answer.js": "export {};",
    "style.css": "p {}",
    "sw.js": "// worker",
    "manifest.webmanifest": "{}",
    "README.md": "# Not of the site",
    "vendor_entries/tfjs.js": "// an entry",
}
VENDOR = {"tfjs.js": "tfjs", "litert.js": "litert", "litert-wasm/a.wasm": "wasm", "tfjs.js.LEGAL.txt": "licence"}


def write_files(folder, contents):
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


@pytest.fixture
def make(tmp_path, monkeypatch):
    """Assembles a small page with the released models; what takes a network or an engine is replaced."""
    web_demo = write_files(tmp_path / "web_demo", PAGE)
    vendor = write_files(tmp_path / "vendor", VENDOR)
    golden = write_files(tmp_path / "golden", {"golden.bin": "images", "golden.json": "{}"})
    monkeypatch.setattr(module, "bundle_vendor", lambda *_: vendor)
    monkeypatch.setattr(module, "_golden_files", lambda *_: {path.name: path for path in golden.iterdir()})

    def run(exports=EXPORTS, output=tmp_path / "site"):
        return output, assemble(output, exports, tmp_path / "build", Silent(), web_demo)

    return run


def files_of(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def worker_table(folder):
    first_line = (folder / "sw.js").read_text().split("\n", 1)[0]
    return json.loads(first_line.removeprefix("globalThis.SITE = ").removesuffix(";"))


def test_site_holds_page_vendor_models_golden_images_and_icons(make):
    output, site = make()
    files = files_of(output)
    assert files.keys() == site.files.keys() | {"site.json", "sw.js"}
    assert {"index.html", "views/answer.js", "manifest.webmanifest", "vendor/litert-wasm/a.wasm"} <= files.keys()
    assert {"golden.bin", "golden.json", "contract.json", "labels.txt", "icons/icon-192.png"} <= files.keys()
    models = {name for name in files if name.startswith("models/")}
    shard = "group1-shard1of1.bin"
    tfjs = {f"models/tfjs/{kind}/{name}" for kind in ("float32", "float16", "uint8") for name in ("model.json", shard)}
    detector = {f"models/rejection/{name}" for name in ("int8.tflite", "tfjs/model.json", f"tfjs/{shard}")}
    assert models == tfjs | detector | {"models/tflite/int8.tflite"}
    assert files[f"models/tfjs/uint8/{shard}"] == (EXPORTS / "tfjs" / "uint8" / shard).read_bytes()
    assert not any("README" in name or "vendor_entries" in name for name in files)


def test_page_names_the_parts_of_tfjs_beforehand(make, tmp_path):
    write_files(tmp_path / "vendor", {"tfjs.js": 'import{a}from"./chunk-A1B2.js";'})
    output, _ = make()
    part = LINK.replace("tfjs", "chunk-A1B2")
    assert (output / "index.html").read_text() == f"<head>{LINK}{part}</head><p>page</p>"


def test_page_that_does_not_name_tfjs_is_refused(make, tmp_path):
    write_files(tmp_path / "web_demo", {"index.html": "<p>page</p>"})
    with pytest.raises(ArtifactError, match=r"expected <link .* found none; next: restore it"):
        make()


def test_site_json_describes_every_file(make):
    output, site = make()
    assert read_site(output) == site
    for name, content in files_of(output).items():
        if name not in ("site.json", "sw.js"):
            file = site.files[name]
            assert (file.sha256, file.bytes) == (hashlib.sha256(content).hexdigest(), len(content))
            assert file.gzip_bytes == len(gzip.compress(content, 6, mtime=0))
    manifest = json.loads((EXPORTS / "manifest.json").read_bytes())
    assert site.model == manifest["files"]["keras/model.keras"]["sha256"]


def test_service_worker_keeps_everything_but_what_few_ask_for(make):
    output, site = make()
    table = worker_table(output)
    description = hashlib.sha256((output / "site.json").read_bytes()).hexdigest()
    hashes = {name: file.sha256 for name, file in site.files.items()} | {"site.json": description}
    litertjs = {"vendor/litert.js", "vendor/litert-wasm/a.wasm", "models/tflite/int8.tflite"}
    on_demand = litertjs | {"models/rejection/int8.tflite", "vendor/tfjs.js.LEGAL.txt"}
    assert table["version"] == site.version
    assert table["kept"].keys() | table["onDemand"].keys() == hashes.keys()
    assert table["onDemand"].keys() == on_demand
    assert {**table["kept"], **table["onDemand"]} == hashes


@pytest.mark.parametrize("changed", ["main.js", "sw.js", "views/answer.js"])
def test_version_changes_with_any_file(make, tmp_path, changed):
    _, before = make()
    assert make()[1].version == before.version
    (tmp_path / "web_demo" / changed).write_text("// changed")
    output, after = make()
    assert after.version != before.version
    assert worker_table(output)["version"] == after.version


def test_site_that_is_up_to_date_is_left_alone(make):
    output, _ = make()
    before = output.stat().st_ino
    make()
    assert output.stat().st_ino == before


@pytest.mark.parametrize("name", ["main.js", "models/tfjs/float16/model.json", "sw.js", "left-over.js"])
def test_site_with_a_changed_or_foreign_file_is_made_anew(make, name):
    output, _ = make()
    whole = files_of(output)
    (output / name).write_text("changed")
    make()
    assert files_of(output) == whole


def test_changed_model_makes_no_site(make, tmp_path):
    output, site = make()
    exports = shutil.copytree(EXPORTS, tmp_path / "exports")
    path = exports / "tfjs" / "float16" / "group1-shard1of1.bin"
    path.write_bytes(b"\0" + path.read_bytes()[1:])
    with pytest.raises(ArtifactError, match=r"tfjs/float16/group1-shard1of1\.bin was changed after it was built"):
        make(exports=exports)
    assert read_site(output) == site


def test_page_without_index_makes_no_site(make, tmp_path):
    (tmp_path / "web_demo" / "index.html").unlink()
    with pytest.raises(ArtifactError, match=r"expected .*index\.html, found none"):
        make()


def test_folder_that_is_no_site_is_not_replaced(make, tmp_path):
    home = write_files(tmp_path / "home", {"letter.txt": "Dear"})
    with pytest.raises(StorageError, match="holds files that are no site"):
        make(output=home)
    assert files_of(home) == {"letter.txt": b"Dear"}
    with pytest.raises(StorageError, match="is no folder"):
        make(output=home / "letter.txt")


def test_site_replaces_an_empty_folder(make, tmp_path):
    (tmp_path / "public").mkdir()
    output, site = make(output=tmp_path / "public")
    assert read_site(output) == site


def test_folder_without_a_site_names_the_next_command(tmp_path):
    with pytest.raises(ArtifactError, match=r"expected .*, found none; next: pipeline site --output"):
        read_site(tmp_path)
    (tmp_path / "site.json").write_text("{")
    with pytest.raises(ArtifactError, match="describes no site"):
        read_site(tmp_path)


def test_cache_keeps_what_is_made_and_nothing_half_done(tmp_path):
    def fail(folder):
        folder.mkdir()
        raise ValueError

    with pytest.raises(ValueError):
        keep(tmp_path / "kept", fail)
    assert list(tmp_path.iterdir()) == []
    assert keep(tmp_path / "kept", lambda folder: write_files(folder, {"a": "first"})) == tmp_path / "kept"
    keep(tmp_path / "kept", fail)
    assert files_of(tmp_path) == {"kept/a": b"first"}


def test_process_that_was_slower_takes_what_the_faster_one_made(tmp_path):
    def make(folder):
        write_files(tmp_path / "kept", {"a": "of the faster one"})
        write_files(folder, {"a": "of the slower one"})

    keep(tmp_path / "kept", make)
    assert files_of(tmp_path) == {"kept/a": b"of the faster one"}


def test_golden_images_are_even_ones_and_then_the_hardest_of_the_rest():
    labels = np.array([0, 0, 1, 1, 0, 1])
    margins = np.array([0.0, 0.9, 0.8, 0.4, 0.2, 0.6])
    probabilities = np.stack([(1 + margins) / 2, (1 - margins) / 2], axis=1).astype(np.float32)
    # Even: the first of each label, rows 0 and 2. Of the others, rows 4 and 3 have the lowest margins.
    assert choose(labels, probabilities, num_even=2, num_hard=2).tolist() == [0, 2, 3, 4]


def test_known_flips_are_those_of_any_engine_whose_file_is_the_same_model():
    yes, no = Answer(True, ""), Answer(False, "")
    seven, nine, two, other = (Flip(id_, 1, 1, answer, 0.1, 0.1) for id_, answer in ((7, 7), (9, 7), (2, 7), (2, 4)))
    rows = (
        ParityRow("tflite/int8", "litert", yes, yes, yes, flips=(nine, seven)),
        ParityRow("tflite/int8", "tflite-micro", yes, yes, yes, flips=(two, nine, other)),
        ParityRow("tfjs/uint8", "tfjs-node-wasm", yes, yes, yes),
        ParityRow("tfjs/uint8", "tfjs-node-cpu", yes, yes, no, flips=(seven,)),
    )
    pairs = [KnownFlip(2, 4), KnownFlip(2, 7), KnownFlip(7, 7), KnownFlip(9, 7)]
    assert known_flips(rows) == {name: pairs if name == "tflite/int8" else [] for name in FORMATS}


def test_flips_of_shipped_images_leave_out_the_others_and_no_format():
    known = {"tflite/int8": [KnownFlip(2, 4), KnownFlip(7, 7)], "tfjs/uint8": [KnownFlip(9, 7)]}
    assert flips_of([1, 7], known) == {"tflite/int8": [KnownFlip(7, 7)], "tfjs/uint8": []}


def test_icons_are_the_same_each_time_and_as_large_as_they_say():
    icons = draw_icons()
    assert draw_icons() == icons
    for size in (192, 512):
        picture = Image.open(io.BytesIO(icons[f"icons/icon-{size}.png"])).convert("L")
        assert picture.size == (size, size)
        assert picture.getextrema()[0] < 60 < 230 < picture.getextrema()[1]
    assert sum(map(len, icons.values())) < 10_000


def test_manifest_of_the_page_names_icons_that_are_drawn():
    manifest = json.loads((PROJECT_ROOT / "web_demo" / "manifest.webmanifest").read_bytes())
    assert {icon["src"] for icon in manifest["icons"]} == draw_icons().keys()
    assert not manifest["start_url"].startswith("/")


@pytest.fixture
def site_command(make, monkeypatch):
    """Runs `pipeline site` on the small page; returns what it prints."""
    from pipeline.commands import site as command

    monkeypatch.setattr(command, "show_progress", lambda: nullcontext(Silent()))
    monkeypatch.setattr(module, "assemble", lambda output, *_: make(output=output)[1])
    return lambda *options: CliRunner().invoke(app, ["site", *options], catch_exceptions=False).output


def test_command_says_where_the_site_is_and_what_comes_next(site_command, tmp_path):
    output = tmp_path / "public"
    printed = site_command("--output", str(output))
    site = read_site(output)
    expected = f"site: {output}, {len(site.files)} files, version {site.version[:12]}; next: pipeline serve"
    assert printed == f"{expected} --site {output}\n"


def test_command_prints_json_for_scripts(site_command, tmp_path):
    printed = json.loads(site_command("--output", str(tmp_path / "public"), "--json"))
    assert printed["version"] == read_site(tmp_path / "public").version
