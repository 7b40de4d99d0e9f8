"""What the visits of the web demo found out, beside the budget of each."""

from statistics import median

from benchmarks.records import LighthouseRecord, WebDemoRecord
from pipeline.tables import Table, format_time, markdown_table
from pipeline.wording import where_measured

_FRAME_S = 1 / 60
# Growths of the heap below this are the browser's own: compiled code and caches of its engine.
_HEAP_NOISE_BYTES = 200_000


def demo_sections(record: WebDemoRecord) -> list[str]:
    """The section of the web demo."""
    return [
        "## The web demo",
        f"In {record.browser}, with the viewport of a phone and the default engine (float16, WebAssembly); "
        f"{len(record.first_answers_s)} visits with empty caches, {len(record.answers_s):,} answers.",
        markdown_table(_budgets(record)),
        markdown_table(_wire(record)),
        where_measured(record.environment),
    ]


def lighthouse_sections(record: LighthouseRecord) -> list[str]:
    """What Lighthouse says of it."""
    rows = tuple(
        (name, "≥ 95", f"{100 * median(scores):.0f}", f"{100 * min(scores):.0f}–{100 * max(scores):.0f}")
        for name, scores in record.scores.items()
    )
    num_runs = len(next(iter(record.scores.values())))
    return [
        f"Lighthouse {record.version}, mobile setting (a phone's processor and network are imitated), {num_runs} runs:",
        markdown_table(Table(("category", "budget", "median", "range"), rows, first_number=1)),
        where_measured(record.environment),
    ]


def _budgets(record: WebDemoRecord) -> Table:
    first = sorted(record.first_answers_s)
    late = sum(frame > 1.5 * _FRAME_S for frame in record.frames_s) / len(record.frames_s)
    rows = (
        (
            "loaded until the first answer",
            "≤ 350 kB",
            f"{sum(record.wire_bytes.values()) / 1000:.0f} kB in {len(record.wire_bytes)} files",
        ),
        (
            "from the navigation to the first answer",
            "≤ 400 ms",
            f"{format_time(median(first))} (best {format_time(first[0])})",
        ),
        ("an answer, preparation included", "≤ 2 ms", _median_and_p90(record.answers_s)),
        ("the preparation of a drawing of 400 × 400 pixels", "≤ 1 ms", _median_and_p90(record.preparations_s)),
        ("the same on grainy paper", "≤ 1 ms", _median_and_p90(record.grainy_preparations_s)),
        (
            f"frames a second while drawing, processor slowed {record.slowdown:.0f}×",
            "60",
            f"{1 / median(record.frames_s):.0f} (late: {late:.0%})",
        ),
        (f"growth over {record.num_growth_answers:,} answers", "none", _growth(record)),
    )
    return Table(("what", "budget", "found"), rows, first_number=3)


def _median_and_p90(durations_s: tuple[float, ...]) -> str:
    return f"{format_time(median(durations_s))} (p90 {format_time(sorted(durations_s)[int(0.9 * len(durations_s))])})"


def _growth(record: WebDemoRecord) -> str:
    heap = "none" if record.heap_bytes < _HEAP_NOISE_BYTES else f"{record.heap_bytes / 1e6:.1f} MB"
    return f"tensors {record.tensors}, WebAssembly {record.wasm_bytes} bytes, heap {heap}"


def _wire(record: WebDemoRecord) -> Table:
    groups = {
        "WebAssembly of TF.js": _sum(record, "vendor/tfjs-wasm/"),
        "TF.js": _sum(record, "vendor/") - _sum(record, "vendor/tfjs-wasm/"),
        "model, float16": _sum(record, "models/"),
    }
    rest = sum(record.wire_bytes.values()) - sum(groups.values())
    rows = tuple((name, f"{size / 1000:.0f}") for name, size in {**groups, "the page itself": rest}.items())
    return Table(("what is loaded", "kB, compressed"), rows, first_number=1)


def _sum(record: WebDemoRecord, prefix: str) -> int:
    return sum(size for path, size in record.wire_bytes.items() if path.startswith(prefix))
