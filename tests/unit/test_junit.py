from xml.etree import ElementTree

from pipeline.junit import write_junit
from pipeline.results import Answer, ParityRow

YES = Answer(True, "")
SAME = ParityRow("tflite/int8", "litert", YES, YES, Answer(True, "0 flips"), duration_s=1.5)
OTHER = ParityRow("tflite/int8", "litert-reference", YES, YES, Answer(False, "12 flips < all"), duration_s=0.25)
MISSING = ParityRow("tfjs/float32", "tfjs-node-cpu", YES, Answer(False, "no \x1b[31mNode.js\x1b[0m"))
ALLOWED = ParityRow("tfjs/float32", "tfjs-node-wasm", YES, Answer(False, "no Node.js"), is_allowed_missing=True)


def test_junit_has_a_case_for_each_row(tmp_path):
    path = tmp_path / "parity.xml"
    write_junit([SAME, OTHER, MISSING, ALLOWED], path)
    suite = ElementTree.parse(path).getroot()
    assert suite.attrib == {
        "name": "parity",
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    same, other, missing, allowed = suite
    assert same.attrib == {"classname": "tflite/int8", "name": "litert", "time": "1.500"}
    assert list(same) == []
    assert other[0].tag == "failure"
    assert other[0].attrib == {"type": "not the same", "message": "12 flips < all"}
    assert missing[0].tag == "error"
    assert missing[0].attrib == {"type": "not run", "message": "no [31mNode.js[0m"}
    assert allowed[0].tag == "skipped"
    assert allowed[0].attrib == {"type": "not run", "message": "no Node.js"}
