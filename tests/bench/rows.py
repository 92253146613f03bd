"""What was measured, as records and as the JSON file that holds them."""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple


class Time(NamedTuple):
    """One duration, taken twice; on a shared machine the second is the one to compare."""

    wall: float
    cpu: float  # of all threads and child processes


@dataclass(frozen=True, slots=True)
class Row:
    """One engine at one size; times and memory are medians of the runs."""

    engine: str  # the name of its adapter
    passages: int
    megabytes: float  # of the text
    runs: int
    build_s: Time
    build_mib: float  # peak of the process that builds
    disk_mib: float
    cold_ms: Time  # from starting Python to the first answer
    questions: int
    p50_ms: Time
    p95_ms: Time
    p99_ms: Time
    serve_mib: float  # peak of the process that answers
    add_ms: Time
    is_added_in_place: bool  # else adding takes another build
    as_okapi: float | None  # the share of its ten that stock rank-bm25 has too, on average
    as_lucene: float | None  # the same of bm25s, which ranks by Lucene's formula

    @property
    def mb_s(self) -> float:
        """How fast it builds, by CPU time."""
        return self.megabytes / self.build_s.cpu


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """An engine that is not there, or did not come through."""

    engine: str
    passages: int
    reason: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What one call of run.py found."""

    machine: str
    versions: dict[str, str]  # of Python and the libraries
    rows: tuple[Row, ...]
    unmeasured: tuple[Unmeasured, ...]

    def of_size(self, passages: int) -> dict[str, Row]:
        """Return the rows of one size, by engine."""
        return {row.engine: row for row in self.rows if row.passages == passages}

    @property
    def sizes(self) -> list[int]:
        """Which sizes were measured, smallest first."""
        return sorted({row.passages for row in self.rows})


def write(measured: Measured, path: Path) -> None:
    """Write what was measured."""
    path.write_text(json.dumps(dataclasses.asdict(measured), indent=1) + "\n", encoding="utf-8")


def read(paths: Sequence[Path]) -> Measured:
    """Read files as one; where two have the same engine at the same size, the later counts."""
    rows: dict[tuple[int, str], Row] = {}
    unmeasured: dict[tuple[int, str], Unmeasured] = {}
    machines: dict[str, None] = {}
    versions: dict[str, str] = {}
    for path in paths:
        content = json.loads(path.read_text(encoding="utf-8"))
        machines[content["machine"]] = None
        versions |= content["versions"]
        rows |= {(row["passages"], row["engine"]): _row(row) for row in content["rows"]}
        absent = [Unmeasured(**one) for one in content["unmeasured"]]
        unmeasured |= {(one.passages, one.engine): one for one in absent}
    return Measured(
        "; ".join(machines),
        versions,
        tuple(rows.values()),
        tuple(one for key, one in unmeasured.items() if key not in rows),
    )


def _row(content: dict[str, Any]) -> Row:
    """Make a row of JSON, where times are lists."""
    for name, value in content.items():
        if isinstance(value, list):
            content[name] = Time(*value)
    return Row(**content)
