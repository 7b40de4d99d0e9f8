"""Templates of generated files."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment
    from numpy.typing import NDArray

TEMPLATES = Path(__file__).parent / "templates"
_MAX_COLUMNS = 116


def render(template: str, **context: Any) -> str:
    """The text of a template; a name that the context lacks is an error."""
    return _environment().get_template(template).render(**context)


def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["rows"] = rows_of
    environment.filters["c_string"] = c_string
    environment.filters["kotlin_string"] = kotlin_string
    environment.filters["swift_string"] = swift_string
    return environment


def c_string(text: str) -> str:
    """A literal of UTF-8 bytes; what C gives a meaning of its own, trigraphs too, is written in octal."""
    plain = (chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}" for byte in text.encode())
    return f'"{"".join(plain)}"'


def kotlin_string(text: str) -> str:
    """A literal; a dollar sign would begin a template."""
    return json.dumps(text, ensure_ascii=False).replace("$", "\\$")


def swift_string(text: str) -> str:
    """A literal; what JSON writes as a code has braces in Swift."""
    return re.sub(r"\\u([0-9a-f]{4})", r"\\u{\1}", json.dumps(text, ensure_ascii=False))


def rows_of(values: "NDArray[Any]") -> list[str]:
    """Numbers with commas, as many on a line as fit."""
    rows, row = [], ""
    for value in values:
        number = f"{value}, "
        if len(row) + len(number) > _MAX_COLUMNS:
            rows.append(row.rstrip())
            row = ""
        row += number
    return [*rows, row.rstrip()]
