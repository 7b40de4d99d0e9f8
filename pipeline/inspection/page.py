"""index.html: all pictures of an inspection on one page that needs no network."""

import base64
from pathlib import Path

from pipeline.files import read_bytes, write_atomically
from pipeline.inspection.run import PAGE, Inspection
from pipeline.pages import render_page

_PARTS = {
    "typical": "What it takes for typical",
    "kernels": "Its kernels",
    "features": "What its layers make of a picture",
    "edges": "One kernel by hand",
}
_KINDS = {".svg": "image/svg+xml", ".png": "image/png"}


def write_page(inspection: Inspection) -> Path:
    """Writes the page beside the pictures; it holds copies of them.

    Returns:
        The file.

    Raises:
        StorageError: A picture cannot be read, or the page cannot be written.
    """
    path = Path(inspection.folder, PAGE)
    write_atomically(path, render_inspection(inspection).encode())
    return path


def render_inspection(inspection: Inspection) -> str:
    """The content of index.html."""
    parts = [
        {
            "title": title,
            "sheets": [
                {
                    "title": sheet.title,
                    "sentence": sheet.sentence,
                    "image": _address(Path(inspection.folder, sheet.file)),
                }
                for sheet in inspection.sheets
                if sheet.part == part
            ],
            "left_out": inspection.left_out.get(part, []),
        }
        for part, title in _PARTS.items()
    ]
    return render_page(
        "inspect.html.j2",
        name=inspection.name,
        num_parameters=f"{inspection.num_parameters:,}",
        picture=inspection.picture,
        answer=inspection.answer,
        probability=f"{inspection.probability:.1%}",
        parts=parts,
    )


def _address(path: Path) -> str:
    return f"data:{_KINDS[path.suffix]};base64,{base64.b64encode(read_bytes(path)).decode()}"
