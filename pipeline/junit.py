"""Rows of parity as a JUnit file, which continuous integration servers show as tests.

Format: https://github.com/testmoapp/junitxml, the common part of what the servers read.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from pipeline.files import write_atomically
from pipeline.results import ParityRow

# Engines colour what they say; XML 1.0 has no place for most control characters.
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def write_junit(rows: Sequence[ParityRow], path: Path) -> None:
    """Writes one test case for each row.

    A row that is not the same model is a failure, one that came to no verdict an error, one whose engine may be missing
    is skipped.

    Raises:
        StorageError: The file cannot be written.
    """
    suite = ElementTree.Element("testsuite", name="parity", tests=str(len(rows)))
    for row in rows:
        case = ElementTree.SubElement(
            suite, "testcase", classname=row.format, name=row.runtime, time=f"{row.duration_s:.3f}"
        )
        kind = _kind(row)
        if kind:
            ElementTree.SubElement(case, kind, type=row.status, message=_NOT_IN_XML.sub("", row.reason))
    counts = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    for attribute, tag in counts.items():
        suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))
    ElementTree.indent(suite)
    write_atomically(path, ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True) + b"\n")


def _kind(row: ParityRow) -> str:
    if row.is_accepted:
        return "skipped" if row.status == "not run" else ""
    return "failure" if row.status == "not the same" else "error"
