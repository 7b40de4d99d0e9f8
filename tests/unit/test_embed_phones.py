"""The apps for phones: they cannot be built here, so their sources are parsed and compared with the contract."""

import re
import subprocess
from xml.etree import ElementTree

import pytest
import tree_sitter_kotlin
import tree_sitter_swift
from tree_sitter import Language, Parser

from pipeline.config import PROJECT_ROOT
from pipeline.embed.kit import Kit
from pipeline.embed.render import kotlin_string, swift_string
from pipeline.embed.targets import TARGETS
from pipeline.files import files_below, sha256
from pipeline.formats.tflite_file import read_tflite
from tests.embedded.toolchain import SOURCES

KIT = Kit(PROJECT_ROOT / "exports")
DETECTOR_SHA256 = KIT.rejection.sha256[KIT.rejection.tflite]
STEP = read_tflite(KIT.exports / KIT.rejection.tflite).outputs[0].scale
LANGUAGES = {
    ".kt": Language(tree_sitter_kotlin.language()),
    ".kts": Language(tree_sitter_kotlin.language()),
    ".swift": Language(tree_sitter_swift.language()),
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folders = {name: tmp_path_factory.mktemp(name) for name in ("android", "ios")}
    for name, folder in folders.items():
        TARGETS[name].write(KIT, folder)
    return folders


def _is_sound(source, language):
    return not Parser(language).parse(source).root_node.has_error


@pytest.mark.parametrize(("name", "count"), [("android", 8), ("ios", 5)])
def test_sources_parse(folders, name, count):
    sources = [path for path in files_below(folders[name]) if path.suffix in LANGUAGES]
    assert len(sources) == count
    for path in sources:
        assert _is_sound(path.read_bytes(), LANGUAGES[path.suffix]), path.name
        broken = path.read_bytes().rstrip()[:-1]
        assert not _is_sound(broken, LANGUAGES[path.suffix]), f"{path.name} without its last character"


def _constants(source):
    return dict(re.findall(r"(?:const val|static let) (\w+)(?:: Float)? = (.+)", source))


def test_android_constants_are_those_of_the_contract(folders):
    (path,) = folders["android"].rglob("Contract.kt")
    found, main = _constants(path.read_text()), folders["android"] / "app" / "src" / "main"
    image = KIT.contract.input
    assert [int(found[f"IMAGE_{side}"]) for side in ("HEIGHT", "WIDTH", "CHANNELS")] == list(image.shape)
    assert float(found["OUTPUT_SCALE"].rstrip("f")) == KIT.int8.output.scale
    for kind, format_ in (("BYTES", "tflite/int8"), ("FLOAT", "tflite/int8_float_io")):
        asset = main / "assets" / found[f"{kind}_MODEL"].strip('"')
        assert found[f"{kind}_MODEL_SHA256"].strip('"') == sha256(asset.read_bytes())
        assert sha256(asset.read_bytes()) in KIT.shipped.file_of(format_).sha256.values()
    detector = (main / "assets" / found["DETECTOR_MODEL"].strip('"')).read_bytes()
    assert found["DETECTOR_MODEL_SHA256"].strip('"') == sha256(detector) == DETECTOR_SHA256
    _assert_is_the_rule(int(found["MAX_NONE"]))
    labels = re.search(r"listOf\((.*)\)", path.read_text())[1]
    assert re.findall(r'"([^"]*)"', labels) == list(KIT.contract.labels)


def test_ios_constants_are_those_of_the_contract(folders):
    (path,) = folders["ios"].rglob("Contract.swift")
    found, image = _constants(path.read_text()), KIT.contract.input
    assert [int(found[f"image{side}"]) for side in ("Height", "Width", "Channels")] == list(image.shape)
    assert float(found["outputScale"]) == KIT.int8.output.scale
    model = path.with_name(f"{found['modelName']}.{found['modelExtension']}".replace('"', ""))
    assert found["modelSHA256"].strip('"') == sha256(model.read_bytes()) == KIT.int8.sha256["tflite/int8.tflite"]
    detector = path.with_name(f"{found['detectorName']}.{found['modelExtension']}".replace('"', "")).read_bytes()
    assert found["detectorSHA256"].strip('"') == sha256(detector) == DETECTOR_SHA256
    _assert_is_the_rule(int(found["maxNone"]))
    assert re.findall(r'"([^"]*)"', found["labels"]) == list(KIT.contract.labels)


def _assert_is_the_rule(max_none):
    """The largest byte that is not above the threshold."""
    assert max_none * STEP <= KIT.rejection.max_none_probability < (max_none + 1) * STEP


def _function(folder, file, name):
    """The nodes of a function, from its declaration down."""
    (path,) = folder.rglob(file)
    root = Parser(LANGUAGES[path.suffix]).parse(path.read_bytes()).root_node
    (function,) = [
        node
        for node in _nodes(root)
        if node.type == "function_declaration" and name.encode() in (child.text for child in node.named_children)
    ]
    return list(_nodes(function))


def _nodes(node):
    yield node
    for child in node.named_children:
        yield from _nodes(child)


@pytest.mark.parametrize(
    ("name", "file", "condition"),
    [
        ("android", "MainActivity.kt", b"detector.isNone(image)"),
        ("ios", "SymbolReaderApp.swift", b"try detector.isNone(image)"),
    ],
)
def test_answer_is_withheld_before_there_is_one(folders, name, file, condition):
    nodes = _function(folders[name], file, "read")
    (decision,) = [node for node in nodes if node.type in ("if_expression", "if_statement")]
    tested, then = decision.named_children
    assert (tested.text, then.text) == (condition, b'return "No symbol here"')
    (classified,) = [node for node in nodes if node.text == b"classifier.classify(image)"]
    assert decision.end_byte < classified.start_byte < decision.parent.end_byte


@pytest.mark.parametrize(
    ("name", "file", "rule"),
    [
        ("android", "Classifier.kt", b"network.run(image).last() > Contract.MAX_NONE"),
        ("ios", "Classifier.swift", b"Int(outputs[Contract.labels.count]) > Contract.maxNone"),
    ],
)
def test_none_is_what_the_rule_says(folders, name, file, rule):
    nodes = _function(folders[name], file, "isNone")
    (compared,) = [node for node in nodes if node.type in ("binary_expression", "comparison_expression")]
    assert compared.text == rule
    # Nothing is made of it, as its contrary.
    assert compared.parent.type in ("function_body", "control_transfer_statement")
    holder = nodes[0].parent.parent
    assert b"Detector" in [child.text for child in holder.named_children]
    assert re.search(rb"ByteNetwork\((assets, )?Contract\.(DETECTOR_MODEL|detectorName)\b", holder.text)


def test_android_manifest_names_the_activity_and_the_package(folders):
    main = folders["android"] / "app" / "src" / "main"
    (activity,) = ElementTree.parse(main / "AndroidManifest.xml").getroot().iter("activity")
    name = activity.attrib["{http://schemas.android.com/apk/res/android}name"]
    (source,) = main.rglob(f"{name.lstrip('.')}.kt")
    namespace = re.search(r'namespace = "([\w.]+)"', (folders["android"] / "app/build.gradle.kts").read_text())[1]
    for path in source.parent.iterdir():
        assert path.read_text().startswith(f"package {namespace}\n")
    function = f"Java_{namespace.replace('.', '_')}_Preparation_prepare"
    assert function in (main / "cpp" / "preparation_jni.c").read_text()


@pytest.mark.parametrize(("name", "count"), [("android", 2), ("ios", 2)])
def test_c_compiles(folders, name, count):
    sources = list(folders[name].rglob("*.c"))
    assert len(sources) == count
    command = ["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", f"-I{SOURCES / 'declarations'}", "-fsyntax-only"]
    result = subprocess.run([*command, *sources], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("text", "kotlin", "swift"),
    [
        ("seven", '"seven"', '"seven"'),
        ('a "b" $c', '"a \\"b\\" \\$c"', '"a \\"b\\" $c"'),
        ("\x01", '"\\u0001"', '"\\u{0001}"'),
    ],
)
def test_labels_are_literals(text, kotlin, swift):
    assert (kotlin_string(text), swift_string(text)) == (kotlin, swift)
