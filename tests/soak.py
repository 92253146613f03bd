"""Let builders and readers at one index for a while, as fast as they can.

    python tests/soak.py               two builders and eight readers for five minutes
    python tests/soak.py --seconds 10

Every reader opens the index and asks it, again and again; what it is told must be of one edition,
whole, and nothing may be reported as damaged. Every builder publishes one edition after the other,
or is told that the other one is at it; no generation may be published twice, and the lock must be
free in the end. Memory and open files of all of them must not grow.
"""

import argparse
import itertools
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from editions import EDITIONS, MODEL, write_edition
from index_states import found_damaged, names_in

import index
from index.errors import IndexBusy

TESTS = Path(__file__).parent
BUILDERS, READERS = 2, 8
BUSY = "busy"
MOST_GROWTH_BYTES = 8 << 20  # from the second fifth of the time to the last
MOST_FILES = 40  # open at once; a generation has nine, and one may be opened beside another
SAMPLE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process holds."""

    bytes: int
    files: int


@dataclass(frozen=True, slots=True)
class Watched:
    """A builder or reader, and what it held over time."""

    process: "subprocess.Popen[bytes]"
    log: Path
    samples: list[Usage]


def build_forever(folder: Path, editions: Sequence[Path]) -> None:
    """Publish the editions in turn; print each generation, or that the other builder is at it."""
    for documents in itertools.cycle(editions):
        try:
            report = index.rebuild([documents], folder, MODEL)
        except IndexBusy:
            print(BUSY, flush=True)
            time.sleep(random.uniform(0, 0.02))
        else:
            if report.published:
                print(report.generation, flush=True)


@contextmanager
def started(log: Path, *command: str | Path) -> Iterator[Watched]:
    """Run a script of the tests; what it says goes to the log."""
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, *command], stdout=output, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            yield Watched(process, log, [])
        finally:
            process.kill()


def usage(process: int) -> Usage:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    files = len(names_in(Path(f"/proc/{process}/fd")))
    return Usage(pages * os.sysconf("SC_PAGE_SIZE"), files)


def soak(work: Path, seconds: float) -> tuple[str, list[str]]:
    """Let them at it; return the figures, and what went wrong."""
    folder = work / "index"
    editions = [write_edition(work / edition, edition) for edition in EDITIONS]
    index.rebuild(editions[:1], folder, MODEL)
    with ExitStack() as stack:
        builders = [
            stack.enter_context(
                started(work / f"builder-{number}", __file__, "--build", folder, *editions)
            )
            for number in range(BUILDERS)
        ]
        readers = [
            stack.enter_context(
                started(work / f"reader-{number}", TESTS / "read_forever.py", folder)
            )
            for number in range(READERS)
        ]
        everybody = [*builders, *readers]
        problems = watch(everybody, seconds)
        for watched in everybody:
            watched.process.kill()
    grown = max(growth(watched) for watched in everybody)
    files = max(sample.files for watched in everybody for sample in watched.samples)
    if grown > MOST_GROWTH_BYTES or files > MOST_FILES:
        problems.append("memory or open files grow")
    published = [line for builder in builders for line in lines(builder) if line != BUSY]
    numbers = sorted(int(line) for line in published if line.isdecimal())
    problems += [f"a builder said: {line}" for line in published if not line.isdecimal()]
    if len(set(numbers)) != len(numbers):
        problems.append("a generation was published twice: the lock was lost")
    reads = [line for reader in readers for line in lines(reader)]
    problems += [f"a reader said: {line}" for line in reads if line not in EDITIONS]
    if not index.rebuild(editions, folder, MODEL).documents or found_damaged(folder):
        problems.append("the index is not sound in the end")
    busy = sum(line == BUSY for builder in builders for line in lines(builder))
    figures = (
        f"{BUILDERS} builders and {READERS} readers for {seconds:.0f} s: {len(numbers)} "
        f"generations published, {busy} times told to wait; {len(reads)} times opened and read, "
        f"{sum(line not in EDITIONS for line in reads)} wrong; memory grew by at most "
        f"{grown / 1e6:.1f} MB, at most {files} files open"
    )
    return figures, problems


def watch(everybody: Sequence[Watched], seconds: float) -> list[str]:
    """Take samples until the time is over, or until somebody has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for watched in everybody:
            if watched.process.poll() is not None:
                return [f"{watched.log.name} ended: {watched.log.read_text()[-2000:]}"]
            watched.samples.append(usage(watched.process.pid))
        time.sleep(SAMPLE_SECONDS)
    return []


def growth(watched: Watched) -> int:
    """Return by how many bytes the memory grew after the start."""
    fifth = len(watched.samples) // 5
    first, last = watched.samples[fifth : 2 * fifth], watched.samples[-fifth:]
    return max(s.bytes for s in last) - max(s.bytes for s in first) if fifth else 0


def lines(watched: Watched) -> list[str]:
    """Return the whole lines that a process wrote before it was killed."""
    return watched.log.read_text().rpartition("\n")[0].splitlines()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=300)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as work:
        figures, problems = soak(Path(work), chosen.seconds)
    print(figures)
    for problem in problems:
        print(f"PROBLEM {problem}")
    return int(bool(problems))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--build"]:
        build_forever(Path(sys.argv[2]), [Path(place) for place in sys.argv[3:]])
    else:
        sys.exit(main())
