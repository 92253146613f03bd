"""What was measured as Markdown: a table for each size, and policybot beside what is asked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rows import Measured, Row, Time

SUBJECT = "policybot_plain"
TANTIVY, STOCK, BM25S = "tantivy_1thread", "rank_bm25_okapi", "bm25s_mmap"
SIZES = (10_000, 100_000, 1_000_000)  # that figures are asked for


@dataclass(frozen=True, slots=True)
class Asked:
    """A figure that policybot_plain is to reach."""

    what: str
    figure: Callable[[Row], float]
    peer: str | None  # whose figure it is divided by; None: it stands for itself
    limits: tuple[float | None, float | None, float | None]  # at SIZES
    at_least: bool = False  # else at most
    as_fraction: bool = False  # is shown as 1/x
    unit: str = ""

    def value(self, rows: dict[str, Row]) -> float | None:
        """Return the figure among the rows of one size, if all that it takes was measured."""
        if SUBJECT not in rows or (self.peer is not None and self.peer not in rows):
            return None
        own = self.figure(rows[SUBJECT])
        return own if self.peer is None else own / self.figure(rows[self.peer])

    def limit(self, passages: int) -> float | None:
        """Return what is asked at a size."""
        return dict(zip(SIZES, self.limits, strict=True)).get(passages)

    def is_missed(self, value: float, limit: float) -> bool:
        """Say whether a value falls short."""
        return value < limit if self.at_least else value > limit

    def shown(self, value: float) -> str:
        """Return a value or a limit as it is printed."""
        if self.as_fraction and value:
            return f"1/{1 / value:,.0f}"
        return f"{short(value)}{self.unit}"


ASKED = (
    Asked("p50 of a warm question / tantivy", lambda r: r.p50_ms.cpu, TANTIVY, (1.0, 0.5, 0.35)),
    Asked("p99 of a warm question / tantivy", lambda r: r.p99_ms.cpu, TANTIVY, (1.5, 0.9, 0.6)),
    Asked(
        "p50 of a warm question / stock rank-bm25",
        lambda r: r.p50_ms.cpu,
        STOCK,
        (1 / 150, 1 / 1000, None),
        as_fraction=True,
    ),
    Asked(
        "build, MB/s / tantivy with one thread",
        lambda r: r.mb_s,
        TANTIVY,
        (0.9, 1.0, 0.9),
        at_least=True,
    ),
    Asked("cold start of the scorer / tantivy", lambda r: r.cold_ms.cpu, TANTIVY, (1.5, 1.5, 2.0)),
    Asked("memory when serving / bm25s mapped", lambda r: r.serve_mib, BM25S, (0.4, 0.4, 0.4)),
    Asked("memory when building / bm25s", lambda r: r.build_mib, BM25S, (0.6, 0.6, 0.5)),
    Asked("disk / tantivy", lambda r: r.disk_mib, TANTIVY, (2.0, 2.0, 2.0)),
    Asked("one document added", lambda r: r.add_ms.wall, None, (50, 50, 100), unit=" ms"),
)
_COLUMNS: tuple[tuple[str, Callable[[Row], str]], ...] = (
    ("engine", lambda r: r.engine),
    ("build s", lambda r: both(r.build_s)),
    ("MB/s", lambda r: short(r.mb_s)),
    ("build MiB", lambda r: whole(r.build_mib)),
    ("cold ms", lambda r: both(r.cold_ms)),
    ("p50 ms", lambda r: both(r.p50_ms)),
    ("p95 ms", lambda r: both(r.p95_ms)),
    ("p99 ms", lambda r: both(r.p99_ms)),
    ("serve MiB", lambda r: whole(r.serve_mib)),
    ("disk MiB", lambda r: f"{r.disk_mib:,.1f}"),
    ("add ms", lambda r: both(r.add_ms) + ("" if r.is_added_in_place else ", a build")),
    ("= Okapi", lambda r: share(r.as_okapi)),
    ("= Lucene", lambda r: share(r.as_lucene)),
)


def report(measured: Measured) -> str:
    """Return all tables."""
    versions = ", ".join(f"{name} {version}" for name, version in measured.versions.items())
    parts = [f"{measured.machine}. {versions}."]
    for passages in measured.sizes:
        rows = measured.of_size(passages)
        parts += [f"### {_told(list(rows.values()))}", _table(rows)]
    if measured.unmeasured:
        told = [f"{one.engine} at {one.passages:,} ({one.reason})" for one in measured.unmeasured]
        parts.append(f"Not measured: {'; '.join(told)}.")
    parts += ["### policybot_plain beside its peers", ratios(measured)]
    return "\n\n".join(parts) + "\n"


def ratios(measured: Measured) -> str:
    """Return policybot_plain's figures as shares of its peers', beside what is asked."""
    heads = [f"asked at {size:,} | measured" for size in measured.sizes]
    lines = [" | ".join(["| CPU time; memory, disk and additions as they are", *heads]) + " |"]
    lines.append("|" + "---|" * (1 + 2 * len(measured.sizes)))
    for asked in ASKED:
        cells = [asked.what]
        for size in measured.sizes:
            cells += _asked_and_measured(asked, size, measured.of_size(size))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def short(value: float) -> str:
    """Return a number with three digits, or all that stand before its point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:#.3g}".rstrip(".")


def whole(value: float) -> str:
    """Return a number without what stands behind its point."""
    return f"{value:,.0f}"


def share(value: float | None) -> str:
    """Return a share of 1, which may not be known."""
    return "" if value is None else f"{value:.3f}"


def both(time: Time) -> str:
    """Return CPU time and time by the clock."""
    return f"{short(time.cpu)} ({short(time.wall)})"


def _told(rows: list[Row]) -> str:
    """Return what the rows of one size have in common."""
    runs = sorted({row.runs for row in rows})
    return f"{rows[0].passages:,} passages, {rows[0].megabytes:.1f} MB, {_counted(runs)}"


def _counted(runs: list[int]) -> str:
    if runs == [1]:
        return "one run"
    return f"medians of {' or '.join(map(str, runs))} runs"


def _table(rows: dict[str, Row]) -> str:
    lines = [f"| {' | '.join(name for name, _ in _COLUMNS)} |", "|" + "---|" * len(_COLUMNS)]
    lines += [f"| {' | '.join(shown(row) for _, shown in _COLUMNS)} |" for row in rows.values()]
    return "\n".join(lines)


def _asked_and_measured(asked: Asked, passages: int, rows: dict[str, Row]) -> Iterator[str]:
    """Yield two cells; what misses is bold."""
    limit, value = asked.limit(passages), asked.value(rows)
    sign = "≥" if asked.at_least else "≤"
    yield "" if limit is None else f"{sign} {asked.shown(limit)}"
    if value is None:
        yield "not measured"
    elif limit is not None and asked.is_missed(value, limit):
        yield f"**{asked.shown(value)}**"
    else:
        yield asked.shown(value)
