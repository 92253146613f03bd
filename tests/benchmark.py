"""Measure building, asking and memory, each in a process of its own, and print a table.

    python tests/benchmark.py [--passages 10000] [--runs 5]
    python tests/benchmark.py --rebuilds [--passages 100000] [--runs 5]

The second form measures by the clock what a rebuild takes: the first with one reader and with one
for each core, one that finds nothing new among many small files, one that finds one new document.
The text is made up: word frequencies follow Zipf's law, passages have 80 words on average, a
hundred passages stand in a file. Times are CPU time of the process (user and system), medians of
the runs. Nothing is checked here; the figures are for people.
"""

import argparse
import itertools
import json
import os
import platform
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GLOSSARY = Path(__file__).parent.parent / "data" / "glossary.yaml"
WORDS = 80  # a passage, on average
PASSAGES_A_FILE = 100
QUESTIONS = 300
SMALL_FILES = 10_000
# As a user has it: compiled modules are kept.
ENV = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
SYLLABLES = [a + b for a in "bcdfghlmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er", "is")]


PEAK = """
import atexit, os, sys
def tell():
    with open("/proc/self/status", "rb") as status:
        os.write(1, next(line for line in status if line.startswith(b"VmHWM")))
atexit.register(tell)
sys.argv = ["policybot", *sys.argv[1:]]
from bot.cli import main
sys.exit(main())
"""


def word(rank: int) -> str:
    """Spell the word of a frequency rank; rarer words are longer, and none is another's."""
    rank += len(SYLLABLES)
    spelled = ""
    while rank:
        rank, syllable = divmod(rank, len(SYLLABLES))
        spelled += SYLLABLES[syllable]
    return spelled


def write_documents(folder: Path, passages: int) -> list[str]:
    """Write the documents and return questions of 3 to 10 words that stand together somewhere."""
    rng = random.Random(1)
    ranks = range(60_000)
    spelled = [word(rank) for rank in ranks]
    cumulated = list(itertools.accumulate(1 / (rank + 2.7) for rank in ranks))
    questions = []
    for start in range(0, passages, PASSAGES_A_FILE):
        paragraphs = []
        for _ in range(min(PASSAGES_A_FILE, passages - start)):
            length = min(max(5, int(rng.gammavariate(4, WORDS / 4))), 400)
            words = rng.choices(spelled, cum_weights=cumulated, k=length)
            ended = [w + rng.choice(("", "", "", "", "", "", "", ",", ".")) for w in words]
            paragraphs.append(" ".join(ended).capitalize() + ".")
            if rng.random() < 1.2 * QUESTIONS / passages:
                size = min(rng.randint(3, 10), length)
                questions.append(" ".join(rng.sample(words, size)))
        (folder / f"part-{start:07}.txt").write_text("\n\n".join(paragraphs))
    return questions[:QUESTIONS]


def run(*command: str, cwd: Path) -> tuple[float, str]:
    """Run a command; return its CPU seconds, and what it printed."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([sys.executable, *command], cwd=cwd, env=ENV, stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode > 1:
            raise SystemExit(f"{command} ended with {process.returncode}")
        output.seek(0)
        return usage.ru_utime + usage.ru_stime, output.read()


def peak_mebibytes(*arguments: str, cwd: Path) -> float:
    """Return the peak memory of a command of policybot, as Linux tells it at its end.

    What the system says afterwards would be that of this process, which the new one began as.
    """
    _, told = run("-c", PEAK, *arguments, cwd=cwd)
    return int(told.splitlines()[-1].split()[1]) / 1024


def build_only(folder: Path) -> None:
    """Build once and print its CPU seconds, without those of starting Python and imports."""
    import rank_bm25  # noqa: F401 (loaded before the clock starts)

    import index
    from index import analysis, build, readers  # noqa: F401 (loaded before the clock starts)

    started = time.process_time()
    index.rebuild([folder / "documents"], folder / "timed", index.Bm25(), full=True)
    print(time.process_time() - started + children_seconds())


def children_seconds() -> float:
    """Return the CPU seconds of the processes that this one started and that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def rebuild_once(folder: Path, readers: int, *, full: bool) -> None:
    """Rebuild and print the seconds by the clock and of CPU, without imports."""
    import rank_bm25  # noqa: F401 (loaded before the clock starts)

    import index
    from index import build  # noqa: F401 (the same)
    from index.guarded.reader import Guard

    cpu, wall = time.process_time(), time.perf_counter()
    guard = Guard(most=readers)
    index.rebuild([folder / "documents"], folder / "timed", index.Bm25(), full=full, guard=guard)
    wall = time.perf_counter() - wall
    print(json.dumps([wall, time.process_time() - cpu + children_seconds()]))


def warm_questions(folder: Path) -> None:
    """Ask all questions twice and print the second round's milliseconds, by clock."""
    from bot import settings
    from bot.answering import compose
    from bot.assistant import Assistant

    assistant = Assistant(settings.load(folder, documents=folder / "documents"), print)
    questions = json.loads((folder / "questions.json").read_text())
    searcher = assistant.searcher
    search: list[float] = []
    answer: list[float] = []
    for _ in range(2):
        search.clear()
        answer.clear()
        for question in questions:
            started = time.perf_counter()
            query = searcher.form(question)
            found = searcher.find(query, 5)
            searched = time.perf_counter()
            compose(question, query, found, searcher.state, 0.0)
            answered = time.perf_counter()
            search.append((searched - started) * 1e3)
            answer.append((answered - started) * 1e3)
    print(json.dumps({"search": search, "answer": answer}))


def floor(folder: Path) -> float:
    """Return MB/s of the least that a build in Python does: split text and number its words."""
    text = "\n".join(path.read_text() for path in (folder / "documents").iterdir())
    numbers: dict[str, int] = {}
    started = time.process_time()
    for chunk in text.split():
        numbers.setdefault(chunk, len(numbers))
    return len(text) / 1e6 / (time.process_time() - started)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--rebuilds", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--child", choices=["build", "full", "again", "warm"], help=argparse.SUPPRESS
    )
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--readers", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child == "build":
        build_only(options.folder)
    elif options.child == "warm":
        warm_questions(options.folder)
    elif options.child:
        rebuild_once(options.folder, options.readers, full=options.child == "full")
    else:
        measured = measure_rebuilds if options.rebuilds else measure
        with tempfile.TemporaryDirectory() as folder:
            measured(Path(folder), options.passages, options.runs)


def print_machine() -> None:
    """Print what was started, and on what."""
    processor = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    print(f"python {' '.join([Path(sys.argv[0]).name, *sys.argv[1:]])}")
    print(f"{processor}, {os.cpu_count()} cores, Python {platform.python_version()}")


def measure_rebuilds(folder: Path, passages: int, runs: int) -> None:
    script = str(Path(__file__).resolve())

    def rebuilt(child: str, place: Path, readers: int) -> tuple[float, float]:
        flags = ("--child", child, "--folder", str(place), "--readers", str(readers))
        wall, cpu = json.loads(run(script, *flags, cwd=folder)[1])
        return wall, cpu

    large, small = folder / "large", folder / "small"
    for place in (large, small):
        (place / "documents").mkdir(parents=True)
    write_documents(large / "documents", passages)
    for number in range(SMALL_FILES):
        text = f"date 2023-09-06 Note {number}\n\nSteel output grows by {number} a year.\n"
        (small / "documents" / f"note-{number:05}.txt").write_text(text)
    files = sorted((large / "documents").iterdir())
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    cores = os.cpu_count() or 1
    middle = statistics.median
    print_machine()
    print(f"{passages} passages, {megabytes:.1f} MB, {len(files)} files, {runs} runs")
    for readers in sorted({1, cores}):
        times = [rebuilt("full", large, readers) for _ in range(runs)]
        speed = middle([megabytes / wall for wall, _ in times])
        used = middle([cpu / wall / cores for wall, cpu in times])
        print(f"first build, {readers} at once {speed:8.1f} MB/s {used:6.0%} of {cores} cores")
    changed = []
    for turn in range(runs):
        with files[turn % len(files)].open("a") as file:
            file.write(f"\n\nChanged {turn}.\n")
        changed.append(rebuilt("again", large, cores)[0])
    print(f"one changed document, published     {middle(changed):8.2f} s")
    first = rebuilt("full", small, cores)[0]
    again = [rebuilt("again", small, cores)[0] for _ in range(runs)]
    print(f"{SMALL_FILES} small files, first build      {first:8.2f} s")
    print(f"{SMALL_FILES} small files, nothing changed  {middle(again):8.2f} s")


def measure(folder: Path, passages: int, runs: int) -> None:
    documents = folder / "documents"
    documents.mkdir()
    questions = write_documents(documents, passages)
    (folder / "questions.json").write_text(json.dumps(questions))
    (folder / "data").mkdir()
    shutil.copy(GLOSSARY, folder / "data")  # so that questions are asked with all there is
    megabytes = sum(path.stat().st_size for path in documents.iterdir()) / 1e6
    script = str(Path(__file__).resolve())

    def child(name: str) -> str:
        return run(script, "--child", name, "--folder", str(folder), cwd=folder)[1]

    builds, whole, asks, memory, floors = [], [], [], [], []
    p50: dict[str, list[float]] = {"search": [], "answer": []}
    p99: dict[str, list[float]] = {"search": [], "answer": []}
    flags = ["--documents", "documents"]
    for _ in range(runs):
        floors.append(floor(folder))
        builds.append(megabytes / float(child("build")))
        seconds, _ = run("-m", "bot", "index", "build", "--full", *flags, cwd=folder)
        whole.append(seconds)
        seconds, _ = run("-m", "bot", "ask", questions[0], *flags, cwd=folder)
        asks.append(seconds * 1e3)
        memory.append(peak_mebibytes("ask", questions[0], *flags, cwd=folder))
        for name, times in json.loads(child("warm")).items():
            cuts = statistics.quantiles(times, n=100)
            p50[name].append(cuts[49])
            p99[name].append(cuts[98])
    middle = statistics.median
    print_machine()
    print(f"{passages} passages, {megabytes:.1f} MB, {len(questions)} questions, {runs} runs")
    print(f"floor: text split and words numbered   {middle(floors):8.1f} MB/s")
    print(f"build, CPU of all processes            {middle(builds):8.1f} MB/s")
    print(f"index build --full, whole process      {middle(whole):8.2f} s of CPU")
    print(f"ask, whole process                     {middle(asks):8.0f} ms of CPU")
    print(f"ask, peak memory                       {middle(memory):8.0f} MiB")
    for name, what in (
        ("search", "warm question, passages found"),
        ("answer", "the same, answer made"),
    ):
        print(f"{what:<38} {middle(p50[name]):8.2f} ms p50 {middle(p99[name]):8.2f} ms p99")


if __name__ == "__main__":
    main()
