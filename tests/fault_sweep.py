"""Rebuild an index while every system call that writes to it fails, lies, or is the last one.

    python tests/fault_sweep.py             every call and every fault, some thousand runs
    python tests/fault_sweep.py --runs 300  so many of them, drawn evenly

The command line itself runs in a child process, under `strace` as soon as it starts; strace finds
the calls by the paths in the index that they are about. After each run the index must answer as
before or as after, whole, and as after where the program reported success; a check of all bytes
must agree; and the next build must leave a sound index and no litter. Children are forked, because
importing takes longer than a whole rebuild.
"""

import argparse
import itertools
import multiprocessing
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from editions import write_edition
from index_states import MODEL, Told, found_damaged, names_in, told

import bot.cli
import index

SKIPPED = 77
WORKERS = 2
TIMEOUT_SECONDS = 60
MANY = 40  # documents, of which one changes
WRITING = (
    "mkdir,mkdirat,openat,write,pwrite64,writev,pwritev,fsync,fdatasync,ftruncate,truncate,rename,"
    "renameat,renameat2,unlink,unlinkat,rmdir,link,linkat,symlink,symlinkat,flock,close"
).split(",")
NEED_ROOM = {"mkdir", "mkdirat", "openat", "write", "pwrite64", "fsync", "fdatasync", "rename"}
WRITES = {"write", "pwrite64"}
CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)")
STRACE = shutil.which("strace")


@dataclass(frozen=True, slots=True)
class Scene:
    """An index folder as it stands, and a command that changes it."""

    name: str
    command: tuple[str, ...]
    documents: Path  # what it builds from; a rollback does not, but the build that mends does
    start: Path  # a copy of the folder, or nothing for a first build
    damaged: tuple[str, ...] = ()  # what is damaged from the start


@dataclass(frozen=True, slots=True)
class Call:
    """A system call of a command, counted among those that are about paths of the index."""

    name: str
    place: int  # the how-manieth of this name, from 1
    size: int  # bytes that it reported as written
    before: tuple[tuple[str, int], ...]  # name -> how many calls of it came before
    reads: bool = False  # opens a file of a generation to read it


@dataclass(frozen=True, slots=True)
class Recorded:
    """A scene with what happens in it while nothing fails."""

    scene: Scene
    paths: tuple[str, ...]  # below the index folder
    calls: tuple[Call, ...]
    old: Told | None
    new: Told


@dataclass(frozen=True, slots=True)
class Run:
    """A fault to inject."""

    recorded: Recorded
    call: Call
    fault: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the index."""

    run: Run
    told: str  # old, new, or what went wrong
    problem: str  # empty, if all is well
    seconds_to_open: float
    seconds_to_mend: float


# --- the faults: a name -> whether it can befall a call, and what strace is told ---


def _writes(call: Call) -> bool:
    return not call.reads


def _needs_room(call: Call) -> bool:
    return call.name in NEED_ROOM and not call.reads


def _once(what: str) -> Callable[[Call], list[str]]:
    return lambda call: [f"inject={call.name}:{what}:when={call.place}"]


def _from_here_on(what: str, names: Sequence[str]) -> Callable[[Call], list[str]]:
    def rules(call: Call) -> list[str]:
        before = dict(call.before)
        return [f"inject={name}:{what}:when={before.get(name, 0) + 1}+" for name in names]

    return rules


def _returning(share: float) -> Callable[[Call], list[str]]:
    return lambda call: [f"inject={call.name}:retval={int(call.size * share)}:when={call.place}"]


FAULTS: dict[str, tuple[Callable[[Call], bool], Callable[[Call], list[str]]]] = {
    "kill": (_writes, _once("signal=SIGKILL")),
    "no room": (_needs_room, _once("error=ENOSPC")),
    "no room any more": (
        _needs_room,
        _from_here_on("error=ENOSPC", sorted(NEED_ROOM)),
    ),
    "error": (_writes, _once("error=EIO")),
    "nothing but errors": (_writes, _from_here_on("error=EIO", WRITING)),
    "no more files": (
        lambda call: call.name == "openat",
        _from_here_on("error=EMFILE", ["openat"]),
    ),
    "interrupted": (
        lambda call: call.name != "close" and not call.reads,
        _once("error=EINTR"),
    ),
    "lie": (lambda call: call.name not in {"openat", "close"}, _returning(1)),
    "half a lie": (lambda call: call.name in WRITES, _returning(0.5)),
}


# --- a command in a child process, under strace ---


def run_command(scene: Scene, work: Path, options: Sequence[str]) -> tuple[int, str, str]:
    """Run a scene's command; return its exit code, what it printed and what strace saw."""
    assert STRACE is not None
    gate, opener = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(opener)
        _child(scene, work, gate)
    os.close(gate)
    log = work / "strace"
    try:
        with subprocess.Popen(
            [STRACE, "-y", "-s", "0", "-o", log, "-p", str(process), *options],
            stderr=subprocess.PIPE,
            text=True,
        ) as tracer:
            assert tracer.stderr is not None
            _require_attached(tracer.stderr.readline())
            os.write(opener, b"x")
            tracer.wait(TIMEOUT_SECONDS)
    except BaseException:
        os.kill(process, signal.SIGKILL)
        raise
    finally:
        os.close(opener)
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return code, (work / "output").read_text(), log.read_text()


def _require_attached(line: str) -> None:
    if "attached" not in line:
        raise PermissionError(line.strip())


def _child(scene: Scene, work: Path, gate: int) -> None:
    """Wait until the gate opens, then do as the command line does; never returns."""
    code = -1
    try:
        output = os.open(work / "output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(output, 1)
        os.dup2(output, 2)
        if os.read(gate, 1):
            code = command_line(scene, work)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def command_line(scene: Scene, work: Path) -> int:
    """Run a scene's command in this process."""
    places = ["--documents", str(scene.documents), "--index", str(work / "index")]
    return bot.cli.main([*scene.command, *places])


def reset(scene: Scene, work: Path) -> None:
    shutil.rmtree(work / "index", ignore_errors=True)
    if scene.start.exists():
        shutil.copytree(scene.start, work / "index")


def mend(scene: Scene, work: Path) -> None:
    # Only a full build looks for damage that is not live.
    index.rebuild([scene.documents], work / "index", MODEL, full="--full" in scene.command)


# --- what happens while nothing fails ---


def record(scene: Scene, work: Path) -> Recorded:
    """Run a scene twice: to learn its paths, then the calls that are about them."""
    folder = work / "index"
    reset(scene, work)
    old = told(folder)
    _, _, seen = run_command(scene, work, [f"--trace={','.join(WRITING)}"])
    inside = re.findall(rf'["<]{re.escape(str(folder))}(/[^">]*)?[">]', seen)
    paths = tuple(sorted(set(inside)))
    reset(scene, work)
    code, printed, seen = run_command(scene, work, traced(folder, paths))
    new = told(folder)
    if code or new is None or new == old:
        sys.exit(f"{scene.name}: {printed}")
    return Recorded(scene, paths, _calls(seen), old, new)


def traced(folder: Path, paths: Sequence[str]) -> list[str]:
    """Tell strace to see, and count, only what is about the index."""
    return [f"--trace={','.join(WRITING)}", *(f"--trace-path={folder}{path}" for path in paths)]


def _calls(seen: str) -> tuple[Call, ...]:
    """Return the calls that change something, from a log of them and of some that do not."""
    calls = []
    counted: Counter[str] = Counter()
    written: set[str] = set()  # files open for writing, by path
    read: set[str] = set()
    for match in CALL.finditer(seen):
        name, arguments = match["name"], match["arguments"]
        before = tuple(counted.items())
        counted[name] += 1
        if name == "openat":
            opened = re.findall(r'"([^"]*)"', arguments)[0]
            if "O_CREAT" not in arguments:
                if "/gen-" in opened and opened not in read:
                    read.add(opened)
                    calls.append(Call(name, counted[name], 0, before, reads=True))
                continue
            written.add(opened)
        if name == "close":
            closed = arguments.partition("<")[2].rstrip(">")
            if closed not in written:
                continue
            written.remove(closed)
        calls.append(Call(name, counted[name], max(0, int(match["result"])), before))
    return tuple(calls)


# --- one fault ---


def inject(run: Run, work: Path) -> Outcome:
    """Run a scene with one fault and see what became of the index."""
    scene, folder = run.recorded.scene, work / "index"
    reset(scene, work)
    _, rules = FAULTS[run.fault]
    options = traced(folder, run.recorded.paths)
    for rule in rules(run.call):
        options += ["-e", rule]
    code, printed, seen = run_command(scene, work, options)
    problems = []
    if "INJECTED" not in seen and "killed by SIGKILL" not in seen:
        problems.append("the fault was not injected")
    if "Traceback" in printed:
        problems.append(f"a traceback was printed: {printed}")
    started = time.perf_counter()
    state, problem = _state(run, folder, code)
    opened = time.perf_counter()
    problems += problem
    try:
        mend(scene, work)
    except index.PolicyIndexError as exc:
        problems.append(f"the next build failed: {exc}")
    mended = time.perf_counter()
    problems += _not_mended(run, folder)
    return Outcome(run, state, "; ".join(problems), opened - started, mended - opened)


def _state(run: Run, folder: Path, code: int) -> tuple[str, list[str]]:
    """Return whether the index is the old or the new one, and what is wrong with that."""
    recorded = run.recorded
    try:
        now = told(folder)
    except index.PolicyIndexError as exc:
        return "lost", [f"nothing answers: {exc}"]
    problems = []
    content = now.content if now else None
    if content == recorded.new.content:
        state = "new"
    elif content == (recorded.old.content if recorded.old else None):
        state = "old"
    else:
        return "mixed", ["the answers are neither the old nor the new ones"]
    if code == 0 and state == "old":
        problems.append("success was reported, and the old index answers")
    damaged = set(now.damaged if now else ()) - set(recorded.scene.damaged)
    if damaged:
        problems.append(f"damaged: {damaged}")
    if now and not recorded.scene.damaged and found_damaged(folder) != bool(damaged):
        problems.append("opening and checking disagree")
    return state, problems


def _not_mended(run: Run, folder: Path) -> list[str]:
    problems = []
    now = told(folder)
    wanted = run.recorded.old if "rollback" in run.recorded.scene.command else run.recorded.new
    if now is None or wanted is None or (now.content, now.damaged) != (wanted.content, ()):
        problems.append(f"the next build did not bring the new index: {now}")
    if found_damaged(folder):
        problems.append("damage is left after the next build")
    names = names_in(folder)
    generations = {name for name in names if name.startswith("gen-")}
    rest = names - generations - {".writer.lock", "CURRENT"}
    if rest - ({"quarantine"} if run.recorded.scene.damaged else set()) or len(generations) > 3:
        problems.append(f"litter is left after the next build: {sorted(names)}")
    return problems


# --- all of them ---


def scenes(folder: Path) -> list[Scene]:
    """Prepare the index folders that commands start from."""
    alpha, beta = (write_edition(folder / edition, edition) for edition in ("alpha", "beta"))
    many, changed = folder / "many", folder / "changed"
    for target in (many, changed):
        target.mkdir()
        for number in range(MANY):
            edition = "second" if target == changed and number == MANY // 2 else "first"
            text = f"Plan {number}\n\nThe {edition} edition of plan {number} raises sales.\n"
            (target / f"plan-{number:02}.txt").write_text(text)
    starts = {
        "first": (),
        "second": (alpha,),
        "incremental": (many,),
        "clearing": (alpha, beta, alpha),
        "mending": (alpha, beta),
        "full": (beta, alpha),
    }
    for name, turns in starts.items():
        for documents in turns:
            index.rebuild([documents], folder / name, MODEL)
    shutil.copytree(folder / "clearing" / "gen-000001", folder / "clearing" / ".build-000003")
    (folder / "clearing" / "CURRENT.new").write_bytes(b"v1 gen-0000")
    shutil.copytree(folder / "mending", folder / "rollback")
    for name, generation in (("mending", "gen-000002"), ("full", "gen-000001")):
        (folder / name / generation / "index.arrays").write_bytes(b"")
    build = ("index", "build")
    return [
        Scene("first", build, beta, folder / "first"),
        Scene("second", build, beta, folder / "second"),
        Scene("incremental", build, changed, folder / "incremental"),
        Scene("clearing", build, beta, folder / "clearing"),
        Scene("mending", build, beta, folder / "mending", ("gen-000002",)),
        Scene("full", (*build, "--full"), beta, folder / "full", ("gen-000001",)),
        Scene("rollback", ("index", "rollback"), beta, folder / "rollback"),
    ]


def work_folder(folder: Path) -> Path:
    """Return a folder for this process alone, with a path of the same length for all."""
    work = folder / f"{os.getpid():08}"
    work.mkdir(exist_ok=True)
    return work


def _inject(task: tuple[Run, Path]) -> Outcome:
    run, folder = task
    return inject(run, work_folder(folder))


def sweep(folder: Path, most: int | None) -> list[Outcome]:
    """Inject every fault into every call, or as many of them as asked for."""
    os.chdir(folder)  # no settings file stands above it
    prepared = scenes(folder)
    command_line(prepared[0], work_folder(folder))  # loads what only a command loads
    runs = [
        Run(recorded, call, fault)
        for recorded in (record(scene, work_folder(folder)) for scene in prepared)
        for call in recorded.calls
        for fault, (applies, _) in FAULTS.items()
        if applies(call)
    ]
    with multiprocessing.get_context("fork").Pool(WORKERS) as pool:
        return pool.map(_inject, [(run, folder) for run in drawn(runs, most)], chunksize=4)


def drawn(runs: Sequence[Run], most: int | None) -> list[Run]:
    """Return so many of the runs, from all pairs of a call and a fault in turn."""
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in random.Random(most).sample(runs, len(runs)):
        groups.setdefault((run.call.name, run.fault), []).append(run)
    turns = itertools.chain.from_iterable(itertools.zip_longest(*groups.values()))
    return [run for run in turns if run is not None][:most]


def report(outcomes: Sequence[Outcome], seconds: float) -> None:
    """Print what was done and what came of it."""
    groups: dict[str, Callable[[Outcome], str]] = {
        "scene": lambda outcome: outcome.run.recorded.scene.name,
        "fault": lambda outcome: outcome.run.fault,
        "call": lambda outcome: outcome.run.call.name,
    }
    for by, name in groups.items():
        table: dict[str, Counter[str]] = {}
        for outcome in outcomes:
            table.setdefault(name(outcome), Counter())[outcome.told] += 1
        print(f"by {by}:")
        for key, counts in table.items():
            told_of = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
            print(f"  {key:20} {sum(counts.values()):5}: {told_of}")
    for outcome in outcomes:
        if outcome.problem:
            run = outcome.run
            print(
                f"PROBLEM {run.recorded.scene.name}, {run.fault}, {run.call.name} "
                f"#{run.call.place}: {outcome.problem}"
            )
    states = Counter(outcome.told for outcome in outcomes)
    print(
        f"{len(outcomes)} runs in {seconds:.0f} s: {states['old']} old, {states['new']} new, "
        f"{states['mixed']} mixed, {states['lost']} lost, "
        f"{sum(bool(outcome.problem) for outcome in outcomes)} with a problem; opened within "
        f"{max(o.seconds_to_open for o in outcomes):.2f} s, "
        f"built anew within {max(o.seconds_to_mend for o in outcomes):.2f} s"
    )


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, help="at most so many (default: all)")
    chosen = options.parse_args()
    if STRACE is None:
        print("skipped: strace is not installed")
        return SKIPPED
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        try:
            outcomes = sweep(Path(folder).resolve(), chosen.runs)
        except PermissionError as exc:
            print(f"skipped: strace may not watch a process here ({exc})")
            return SKIPPED
        finally:
            os.chdir("/")
    report(outcomes, time.perf_counter() - started)
    return int(any(outcome.problem for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
