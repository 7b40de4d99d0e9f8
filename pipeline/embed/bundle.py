"""The Python preparation as one piece of source, so that a single file can carry it: the same code, no copy by hand."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

from pipeline import preprocess
from pipeline.files import read_bytes
from pipeline.preparation import components, decode, ink, lines, parts, scale, stroke

# Each after those that it uses.
_MODULES = (scale, decode, lines, ink, components, parts, stroke, preprocess)
# The bundle's template stands in for what is used of the rest of it.
_REPLACED = "pipeline"


def bundle_preparation() -> tuple[str, str]:
    """The import lines that the preparation needs, and its code."""
    sources = [read_bytes(Path(str(module.__file__))).decode() for module in _MODULES]
    imports: set[str] = set()
    taken: set[str] = set()
    bodies = []
    for module, source in zip(_MODULES, sources, strict=True):
        prefix = module.__name__.rpartition(".")[2]
        body, own_imports, names = _strip(source)
        for name in sorted(names & taken):
            body = re.sub(rf"\b{name}\b", f"_{prefix}{name}", body)
        taken |= names
        imports |= own_imports
        bodies.append(body)
    return "\n".join(sorted(imports)), "\n\n\n".join(bodies)


def _strip(source: str) -> tuple[str, set[str], set[str]]:
    """A module's code without docstring, imports and `__all__`; its imports of others; the private names it defines."""
    dropped: set[int] = set()
    imports: set[str] = set()
    names: set[str] = set()
    for index, node in enumerate(ast.parse(source).body):
        defined = _defined(node)
        is_docstring = index == 0 and isinstance(node, ast.Expr)
        if is_docstring or isinstance(node, ast.Import | ast.ImportFrom) or "__all__" in defined:
            dropped |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        if isinstance(node, ast.Import | ast.ImportFrom) and not _is_replaced(node):
            imports.add(ast.unparse(node))
        names |= {name for name in defined if name.startswith("_") and name != "__all__"}
    kept = (line for number, line in enumerate(source.splitlines(), 1) if number not in dropped)
    return "\n".join(kept).strip(), imports, names


def _defined(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets: Iterable[ast.expr] = node.targets if isinstance(node, ast.Assign) else ()
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _is_replaced(node: ast.Import | ast.ImportFrom) -> bool:
    module = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
    return (module or "").partition(".")[0] == _REPLACED
