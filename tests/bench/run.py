"""Measure policybot beside its peers on the same made-up text, and print the tables.

    python tests/bench/run.py [--sizes 1000,10000] [--engines A,B] [--runs 5] [--out FILE.json]
    python tests/bench/run.py --report FILE.json [FILE.json ...]

Every build, cold start, round of questions and addition is a process of its own. The engines take
turns, so that a machine whose speed drifts is as fast for one as for the other. README.md beside
this file says what is measured and how; the second form prints the tables of earlier runs again.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import corpus
from report import BM25S, STOCK, SUBJECT, TANTIVY, report
from rows import Measured, Row, Time, Unmeasured, read, write

HERE = Path(__file__).parent
ENGINES = (STOCK, BM25S, TANTIVY, SUBJECT, "policybot_full")
LIBRARIES = ("numpy", "rank-bm25", "bm25s", "numba", "tantivy")
LARGE = 100_000  # passages; above, --large-runs counts
# Stock rank-bm25 scores every passage in Python: it is asked less, and a million takes it 10 GiB.
FEWER_QUESTIONS = {STOCK: (LARGE, 30)}
LARGEST = {STOCK: LARGE}
WORK = Path(".policybot/bench")
# As users have it: compiled modules are kept, so that no cold start compiles any.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

Result = dict[str, Any]  # what worker.py printed


class WorkerFailed(Exception):
    """A measurement ended without a result: the engine is absent, or it broke or took too long."""


@dataclass(frozen=True, slots=True)
class Text:
    """What all engines are given."""

    path: Path
    questions: Path
    passages: int

    @property
    def megabytes(self) -> float:
        """How large it is."""
        return self.path.stat().st_size / 1e6


@dataclass(frozen=True, slots=True)
class Entrant:
    """An engine with a text, and a place of its own."""

    engine: str
    text: Text
    place: Path
    timeout_seconds: float

    @property
    def folder(self) -> Path:
        """Where its index stands; what it prepares stands beside it and does not count."""
        return self.place / "index"

    @property
    def most_questions(self) -> int:
        """How many questions it is asked at this size; 0 for all."""
        size, questions = FEWER_QUESTIONS.get(self.engine, (0, 0))
        return questions if self.text.passages >= size else 0

    def work(self, action: str, *extra: object) -> Result:
        """Run one measurement. Raises WorkerFailed."""
        command = [sys.executable, str(HERE / "worker.py"), self.engine, action]
        command += map(str, (self.text.path, self.folder, self.text.questions, *extra))
        try:
            done = subprocess.run(
                command,
                env=ENVIRONMENT,
                capture_output=True,
                text=True,
                timeout=self.timeout_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as exc:
            raise WorkerFailed(f"{action} took over {self.timeout_seconds:.0f} s") from exc
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:] or [f"ended with {done.returncode}"]
            raise WorkerFailed(f"{action}: {last[0]}")
        result: Result = json.loads(done.stdout.splitlines()[-1])
        return result

    def build(self) -> Result:
        """Build into an empty folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        return self.work("build")

    def start(self) -> Result:
        """Answer the first question."""
        return self.work("cold", time.monotonic())

    def serve(self) -> Result:
        """Answer all questions."""
        return self.work("serve", self.most_questions)


class Contest:
    """Engines that take turns, measurement by measurement; who fails once is out."""

    def __init__(self, entrants: Iterable[Entrant]) -> None:
        self.entrants = list(entrants)
        self.failures: dict[str, str] = {}  # engine -> why

    def turns(
        self, what: str, runs: int, once: Callable[[Entrant], Result]
    ) -> dict[str, list[Result]]:
        """Measure every engine once, then every engine again; return the results by engine."""
        results: dict[str, list[Result]] = {entrant.engine: [] for entrant in self.entrants}
        for run in range(1, runs + 1):
            for entrant in self.entrants:
                told = f"{entrant.text.passages:,} passages, {what} {run}/{runs}, {entrant.engine}"
                print(told, file=sys.stderr, flush=True)
                try:
                    results[entrant.engine].append(once(entrant))
                except WorkerFailed as exc:
                    self.failures[entrant.engine] = str(exc)
            self.entrants = [e for e in self.entrants if e.engine not in self.failures]
        return results


def measure(
    text: Text, engines: Sequence[str], runs: int, work: Path, timeout_seconds: float
) -> tuple[list[Row], list[Unmeasured]]:
    """Measure engines on one text."""
    too_large = [e for e in engines if text.passages > LARGEST.get(e, text.passages)]
    entrants = []
    for engine in engines:
        if engine not in too_large:
            place = work / f"{engine}-{text.passages}"
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            (place / "index").mkdir()
            entrants.append(Entrant(engine, text, place, timeout_seconds))
    contest = Contest(entrants)
    contest.turns("preparation", 1, lambda entrant: entrant.work("prepare"))
    builds = contest.turns("build", runs, Entrant.build)
    disk = {entrant.engine: size_mib(entrant.folder) for entrant in contest.entrants}
    contest.turns("first start", 1, Entrant.start)  # compiles what no build has imported
    starts = contest.turns("cold start", runs, Entrant.start)
    served = contest.turns("questions", runs, Entrant.serve)
    added = contest.turns("addition", runs, lambda entrant: entrant.work("add"))
    hits = {e.engine: served[e.engine][-1]["hits"] for e in contest.entrants}
    rows = []
    for engine in hits:
        milliseconds = [result["ms"] for result in builds[engine]]
        in_place = added[engine][0]["ms"] is not None
        additions = [result["ms"] for result in added[engine]] if in_place else milliseconds
        build = middle(milliseconds)
        row = Row(
            engine=engine,
            passages=text.passages,
            megabytes=text.megabytes,
            runs=runs,
            build_s=Time(build.wall / 1e3, build.cpu / 1e3),
            build_mib=statistics.median(result["mib"] for result in builds[engine]),
            disk_mib=disk[engine],
            cold_ms=middle([result["ms"] for result in starts[engine]]),
            questions=len(hits[engine]),
            p50_ms=middle([percentile(result["ms"], 50) for result in served[engine]]),
            p95_ms=middle([percentile(result["ms"], 95) for result in served[engine]]),
            p99_ms=middle([percentile(result["ms"], 99) for result in served[engine]]),
            serve_mib=statistics.median(result["mib"] for result in served[engine]),
            add_ms=middle(additions),
            is_added_in_place=in_place,
            as_okapi=agreement(hits.get(STOCK), hits[engine]),
            as_lucene=agreement(hits.get(BM25S), hits[engine]),
        )
        rows.append(row)
    for entrant in entrants:
        shutil.rmtree(entrant.place)
    reasons = dict.fromkeys(too_large, "too large for it") | contest.failures
    return rows, [Unmeasured(engine, text.passages, why) for engine, why in reasons.items()]


def middle(times: Sequence[Sequence[float]]) -> Time:
    """Return the median of times by the clock, and that of CPU times."""
    wall, cpu = zip(*times, strict=True)
    return Time(statistics.median(wall), statistics.median(cpu))


def percentile(times: Sequence[Sequence[float]], percent: int) -> Time:
    """Return the time, by the clock and of CPU, that so many are below or equal to."""
    at = min(len(times) - 1, len(times) * percent // 100)
    wall, cpu = (sorted(values)[at] for values in zip(*times, strict=True))
    return Time(wall, cpu)


def agreement(
    expected: Sequence[Sequence[int]] | None, found: Sequence[Sequence[int]]
) -> float | None:
    """Return which share of the expected hits was found, on average over the questions."""
    if expected is None:
        return None
    both = zip(expected, found, strict=False)  # the slow are asked the first questions only
    return statistics.fmean(len({*a} & {*b}) / max(1, len(a)) for a, b in both)


def size_mib(folder: Path) -> float:
    """Return how much the files of a folder hold."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def written(passages: int, work: Path) -> Text:
    """Write the made-up text of a size and its questions, unless they are there."""
    text = Text(work / f"{passages}.txt", work / f"{passages}-questions.txt", passages)
    if not text.questions.exists():
        corpus.write(corpus.paragraphs(passages), str(text.path))
        corpus.write(corpus.questions(corpus.read(str(text.path))), str(text.questions))
    return text


def given(path: Path, work: Path) -> Text:
    """Draw questions from a text that is there, one paragraph a line."""
    lines = corpus.read(str(path))
    questions = work / f"{path.stem}-questions.txt"
    corpus.write(corpus.questions(lines), str(questions))
    return Text(path.resolve(), questions, len(lines))


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that are there."""
    found = {"Python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def machine() -> str:
    """Return the processor and how many cores of it there are."""
    told = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in told if line.startswith("model name")]
    return f"{models[0] if models else platform.machine()}, {os.cpu_count()} cores"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1000,10000", help="passages, with commas between")
    parser.add_argument("--text", type=Path, help="a text in place of made-up ones, with --sizes 0")
    parser.add_argument("--engines", default=",".join(ENGINES), help="with commas between")
    parser.add_argument("--runs", type=int, default=5, help="of each measurement")
    parser.add_argument("--large-runs", type=int, default=3, help=f"above {LARGE:,} passages")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds for a measurement")
    parser.add_argument("--work", type=Path, default=WORK, help="where texts and indexes stand")
    parser.add_argument("--out", type=Path, help="the JSON file, if not speed.json in --work")
    parser.add_argument("--report", type=Path, nargs="+", help="print what such files hold")
    options = parser.parse_args()
    if options.report:
        print(report(read(options.report)), end="")
        return
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    out = options.out or work / "speed.json"
    measured = Measured(machine(), versions(), (), ())
    for size in [0] if options.text else map(int, options.sizes.split(",")):
        text = given(options.text, work) if options.text else written(size, work)
        runs = options.runs if text.passages <= LARGE else min(options.runs, options.large_runs)
        rows, unmeasured = measure(text, options.engines.split(","), runs, work, options.timeout)
        measured = Measured(
            measured.machine,
            measured.versions,
            (*measured.rows, *rows),
            (*measured.unmeasured, *unmeasured),
        )
        write(measured, out)  # after each size, so that an interrupted run leaves what it has
    print(report(measured), end="")


if __name__ == "__main__":
    main()
