"""Take one measurement of one engine, in this process alone, and print it as JSON.

    worker.py ADAPTER build|cold|serve|add|prepare TEXT FOLDER QUESTIONS [STARTED|LIMIT]

run.py starts it. Times are milliseconds by the clock and of CPU, of all threads and of the
processes that were started; memory is the peak of this process. What this file imports counts in
every cold start, so it imports next to nothing.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from types import ModuleType

LIMIT = 10  # hits for each question
ADDED = 5  # documents, of which the median time counts
_FEW = 50  # questions; where so few are asked, each takes long and needs no first round
_SETTLE_SECONDS = 0.3  # numpy's idle threads spin for a while after its import, on this CPU time


class Stopwatch:
    """Measures from when it is made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def milliseconds(self) -> tuple[float, float]:
        """Return the time by the clock and that of this process's CPU."""
        cpu = time.process_time() - self._cpu
        return (time.perf_counter() - self._wall) * 1e3, cpu * 1e3


def children_milliseconds() -> float:
    """Return the CPU time of processes that this one started and that have ended."""
    import resource

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (usage.ru_utime + usage.ru_stime) * 1e3


def peak_mib() -> float:
    """Return this process's peak memory, without what ru_maxrss keeps of the one before it."""
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123 (as in corpus.py)
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))


def build(adapter: ModuleType, text: str, folder: str) -> dict[str, object]:
    """Build once; what the engine imports for it has been loaded before."""
    for name in getattr(adapter, "BUILDS_WITH", ()):
        importlib.import_module(name)
    time.sleep(_SETTLE_SECONDS)
    watch, children = Stopwatch(), children_milliseconds()
    adapter.build(text, folder)
    wall, cpu = watch.milliseconds()
    return {"ms": (wall, cpu + children_milliseconds() - children), "mib": peak_mib()}


def cold(name: str, folder: str, questions: str, started: float) -> dict[str, object]:
    """Answer the first question; the time is that since Python was started."""
    with open(questions, encoding="utf-8") as file:  # noqa: PTH123 (as in corpus.py)
        question = file.readline().strip()
    adapter = importlib.import_module(f"adapters.{name}")
    adapter.search(adapter.load(folder), question, LIMIT)
    return {"ms": ((time.monotonic() - started) * 1e3, time.process_time() * 1e3)}


def serve(adapter: ModuleType, folder: str, questions: str, limit: int) -> dict[str, object]:
    """Answer all questions, or so many, twice, and time the second round."""
    with open(questions, encoding="utf-8") as file:  # noqa: PTH123 (as in corpus.py)
        asked = file.read().splitlines()
    asked = asked[:limit] if limit else asked
    opened = adapter.load(folder)
    for question in asked[:1] if len(asked) <= _FEW else asked:
        adapter.search(opened, question, LIMIT)
    time.sleep(_SETTLE_SECONDS)
    times, hits = [], []
    for question in asked:
        watch = Stopwatch()
        found = adapter.search(opened, question, LIMIT)
        times.append(watch.milliseconds())
        hits.append([int(number) for number in found])
    return {"ms": times, "hits": hits, "mib": peak_mib()}


def add(adapter: ModuleType, folder: str) -> dict[str, object]:
    """Add single documents to an index that is there, until each can be found."""
    if not hasattr(adapter, "add"):
        return {"ms": None}
    opened = adapter.open_to_add(folder)
    times = []
    for number in range(ADDED):
        text = f"zzfresh{number} one new paragraph about leave pay and travel rules"
        watch, children = Stopwatch(), children_milliseconds()
        adapter.add(opened, text)
        wall, cpu = watch.milliseconds()
        times.append((wall, cpu + children_milliseconds() - children))
    return {"ms": sorted(times)[ADDED // 2]}


def main(name: str, action: str, text: str, folder: str, questions: str, extra: str = "0") -> None:
    if action == "cold":
        print(json.dumps(cold(name, folder, questions, float(extra))))
        return
    adapter = importlib.import_module(f"adapters.{name}")
    if action == "prepare":
        if hasattr(adapter, "prepare"):
            adapter.prepare(text, folder)
        print("{}")
    elif action == "build":
        print(json.dumps(build(adapter, text, folder)))
    elif action == "serve":
        print(json.dumps(serve(adapter, folder, questions, int(extra))))
    else:
        print(json.dumps(add(adapter, folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
