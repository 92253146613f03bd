"""Show how cost grows with size, as a Markdown table and a picture, from what run.py wrote.

    python tests/bench/growth.py FILE.json [FILE.json ...] [--picture tests/bench/growth.png]

The picture takes matplotlib, which is in the extras `bench` and `dev`.
"""

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from report import BM25S, STOCK, SUBJECT, TANTIVY, short
from rows import Measured, Row, read

PICTURE = Path(__file__).with_name("growth.png")
QUANTITIES: tuple[tuple[str, Callable[[Row], float]], ...] = (
    ("build s", lambda r: r.build_s.cpu),
    ("MB/s", lambda r: r.mb_s),
    ("build MiB", lambda r: r.build_mib),
    ("p50 ms", lambda r: r.p50_ms.cpu),
    ("p99 ms", lambda r: r.p99_ms.cpu),
    ("cold ms", lambda r: r.cold_ms.cpu),
    ("serve MiB", lambda r: r.serve_mib),
    ("disk MiB", lambda r: r.disk_mib),
    ("add ms", lambda r: r.add_ms.wall),
)
DRAWN = {  # engine -> label, colour, marker; the colours are told apart by the colour-blind too
    SUBJECT: ("policybot, scorer", "#0072b2", "o"),
    TANTIVY: ("tantivy, one thread", "#d55e00", "s"),
    BM25S: ("bm25s, mapped", "#009e73", "^"),
    STOCK: ("rank-bm25, stock", "#777777", "x"),
}
_WIDE = 300  # a larger span than this has labels enough at the powers of ten


def table(measured: Measured) -> str:
    """Return all figures by engine and size, and between the ends the power of N they grow by."""
    names = [name for name, _ in QUANTITIES]
    lines = [f"| engine | passages | {' | '.join(names)} |", "|" + "---|" * (2 + len(names))]
    for engine in dict.fromkeys(row.engine for row in measured.rows):
        rows = _by_size(measured, engine)
        for row in rows:
            figures = " | ".join(short(figure(row)) for _, figure in QUANTITIES)
            lines.append(f"| {engine} | {row.passages:,} | {figures} |")
        if len(rows) > 1:
            powers = " | ".join(_power(rows[0], rows[-1], figure) for _, figure in QUANTITIES)
            lines.append(f"| | grows by | {powers} |")
    return "\n".join(lines) + "\n"


def draw(measured: Measured, path: Path) -> None:
    """Draw one small picture for each quantity, on two logarithmic axes."""
    # An extra; the table does without.
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullLocator

    figure = Figure(figsize=(10, 8.5), layout="constrained")
    for axes, (name, quantity) in zip(figure.subplots(3, 3).flat, QUANTITIES, strict=True):
        for engine, (label, colour, marker) in DRAWN.items():
            rows = _by_size(measured, engine)
            if rows:
                sizes, figures = [r.passages for r in rows], [quantity(r) for r in rows]
                axes.plot(sizes, figures, color=colour, marker=marker, markersize=5, label=label)
        axes.set(xscale="log", yscale="log")
        low, high = axes.get_ylim()
        steps = (1.0,) if high / low > _WIDE else (1.0, 2.0, 5.0)
        axes.yaxis.set_major_locator(LogLocator(subs=steps))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_major_formatter("{x:,g}")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_title(name, fontsize=10)
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.3)
    figure.supxlabel("passages", fontsize=10)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False)
    figure.savefig(path, dpi=90, facecolor="white")


def _by_size(measured: Measured, engine: str) -> list[Row]:
    rows = [row for row in measured.rows if row.engine == engine]
    return sorted(rows, key=lambda row: row.passages)


def _power(first: Row, last: Row, figure: Callable[[Row], float]) -> str:
    growth = math.log(figure(last) / figure(first))
    return f"N^{growth / math.log(last.passages / first.passages):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE.json")
    parser.add_argument("--picture", type=Path, default=PICTURE)
    options = parser.parse_args()
    measured = read(options.files)
    print(table(measured), end="")
    draw(measured, options.picture)


if __name__ == "__main__":
    main()
