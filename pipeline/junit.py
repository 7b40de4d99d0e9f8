"""Rows of parity as a JUnit file, which continuous integration servers show as tests.

Format: https://github.com/testmoapp/junitxml, the common part of what the servers read.
"""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from pipeline.files import write_atomically
from pipeline.results import ParityRow


def write_junit(rows: Sequence[ParityRow], path: Path) -> None:
    """Writes one test case for each row: failed if it is not the same model, skipped if its engine may be missing.

    Raises:
        StorageError: The file cannot be written.
    """
    suite = ElementTree.Element("testsuite", name="parity", tests=str(len(rows)), time=_seconds(rows))
    for row in rows:
        case = ElementTree.SubElement(suite, "testcase", classname=row.format, name=row.runtime, time=_seconds([row]))
        if not row.is_accepted:
            ElementTree.SubElement(case, "failure", type=row.status, message=row.reason)
        elif row.is_allowed_missing and row.status == "not run":
            ElementTree.SubElement(case, "skipped", message=row.reason)
    counts = {"failures": "failure", "skipped": "skipped"}
    for attribute, tag in counts.items():
        suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))
    ElementTree.indent(suite)
    write_atomically(path, ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True) + b"\n")


def _seconds(rows: Sequence[ParityRow]) -> str:
    return f"{sum(row.duration_s for row in rows):.3f}"
