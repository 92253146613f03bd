"""Cut the power under rebuilds, and see what a disk brings back.

    python tests/power_cuts.py            100 cuts, and 20 with flushes that do nothing
    python tests/power_cuts.py --cuts 5   fewer

The index stands on a file system (ext4) in a file, which writes by itself only every five minutes.
A rebuild is killed at a random instant, or just after it reported success; then a copy of the file
is what a power cut would have left, and the index on it must be the one that was last reported, or
the one being built; sound, and the next build must work. The control run takes the flushes away
(libeatmydata, or where that is not installed its like for Python): it must lose what was reported,
or the test could not tell. Needs root, and loop devices.
"""

import argparse
import ctypes.util
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from index_states import MODEL, found_damaged, told

import index

SKIPPED = 77
CUTS_A_DISK = 10
IMAGE_BYTES = 24 << 20
LONGEST_SECONDS = 0.04  # before a kill; a rebuild takes about half of it
NEEDED = ("mkfs.ext4", "mount", "umount", "losetup")
FLUSHES = "FLUSHES"  # set for a rebuild that flushes


@dataclass(frozen=True, slots=True)
class Cut:
    """What a power cut left."""

    acknowledged: bool  # the last build had reported success
    kept: str  # reported: what was last reported; newer: what was being built; lost; damaged
    mended: bool


# --- file systems in files ---


def why_not() -> str | None:
    """Say what this machine lacks."""
    if os.geteuid() != 0:
        return "only root can mount a file system"
    missing = [tool for tool in NEEDED if shutil.which(tool) is None]
    if missing:
        return f"{', '.join(missing)} not installed"
    with tempfile.TemporaryDirectory() as folder:
        image = make_image(Path(folder))
        try:
            with mounted(image, Path(folder) / "disk"):
                return None
        except subprocess.CalledProcessError as exc:
            return f"no loop device: {exc.stderr.strip()}"


def run(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def make_image(folder: Path) -> Path:
    image = folder / "image"
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    run("mkfs.ext4", "-q", "-F", image)
    return image


@contextmanager
def mounted(image: Path, folder: Path) -> Iterator[tuple[Path, str]]:
    """Mount an image at a folder and say by which device; both are freed whatever happens."""
    folder.mkdir(exist_ok=True)
    device = run("losetup", "--find", "--show", image).strip()
    try:
        run("mount", "-t", "ext4", "-o", "commit=300", device, folder)
        try:
            yield folder, device
        finally:
            run("umount", "--lazy", folder)
    finally:
        run("losetup", "--detach", device)


def cut(image: Path, device: str, target: Path) -> None:
    """Copy what stands on the disk, once nothing is on its way there."""
    inflight = Path("/sys/block") / Path(device).name / "inflight"
    still = 0
    while still < 3:
        still = still + 1 if inflight.read_text().split() == ["0", "0"] else 0
        time.sleep(0.002)
    shutil.copyfile(image, target)


# --- rebuilds that are there to be killed ---


def builder(folder: Path, documents: Path) -> None:
    """Load what a rebuild needs, say so, and rebuild when told to."""
    if FLUSHES not in os.environ and "libeatmydata" not in os.environ.get("LD_PRELOAD", ""):
        os.fsync = lambda fd: None  # noqa: ARG005 (the name it is called by)
    with tempfile.TemporaryDirectory() as warm:
        index.rebuild([documents], Path(warm), MODEL)
    print("ready", flush=True)
    sys.stdin.readline()
    print(index.rebuild([documents], folder, MODEL).generation, flush=True)
    sys.stdin.readline()


@contextmanager
def building(folder: Path, documents: Path, *, flushes: bool) -> Iterator["subprocess.Popen[str]"]:
    """Start a rebuild, which is killed in the end."""
    environment = dict(os.environ) | ({FLUSHES: "1"} if flushes else {})
    library = ctypes.util.find_library("eatmydata")
    if not flushes and library is not None:
        environment["LD_PRELOAD"] = library
    with subprocess.Popen(
        [sys.executable, __file__, "--builder", folder, documents],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def killed(process: "subprocess.Popen[str]", seconds: float | None) -> bool:
    """Kill a rebuild after some time, or when it has reported success; return whether it has."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.readline()
    process.stdin.write("\n")
    process.stdin.flush()
    reported = process.stdout.readline() if seconds is None else ""
    time.sleep(seconds or 0)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return bool(reported or process.stdout.readline())


# --- the cuts ---


def session(work: Path, cuts: int, *, flushes: bool, draw: random.Random) -> Iterator[Cut]:
    """Cut the power so many times, on one disk that starts empty."""
    image = make_image(work)
    documents, beside = work / "documents", work / "beside"
    contents: list[str | None] = [None]  # what each edition answers; the first is no index
    reported = 0
    with mounted(image, work / "disk") as (disk, device):
        for number in range(1, cuts + 1):
            contents.append(edition(documents, number, beside))
            seconds = draw.uniform(0, LONGEST_SECONDS) if draw.random() < 0.5 else None
            with building(disk / "index", documents, flushes=flushes) as process:
                acknowledged = killed(process, seconds)
            if acknowledged:
                reported = number
            cut(image, device, work / "copy")
            with mounted(work / "copy", work / "after") as (after, _):
                yield examine(after / "index", documents, contents, reported, acknowledged)


def edition(documents: Path, number: int, beside: Path) -> str:
    """Write an edition of the documents and return what an index of it answers."""
    documents.mkdir(exist_ok=True)
    for plan in range(3):
        text = f"Plan {plan}\n\nEdition {number} of plan {plan} raises sales by {number} %.\n"
        (documents / f"plan-{plan}.txt").write_text(text)
    index.rebuild([documents], beside, MODEL)
    now = told(beside)
    assert now is not None
    return now.content


def examine(
    folder: Path,
    documents: Path,
    contents: Sequence[str | None],
    reported: int,
    acknowledged: bool,
) -> Cut:
    """Say what the disk brought back, and whether the next rebuild brings the newest edition."""
    try:
        now = told(folder)
        content = now.content if now else None
        damaged = now is not None and (now.damaged != () or found_damaged(folder))
    except index.IndexDamaged:
        content, damaged = "", True
    if damaged:
        kept = "damaged"
    elif content == contents[reported]:
        kept = "reported"
    else:
        kept = "newer" if content in contents[reported + 1 :] else "lost"
    index.rebuild([documents], folder, MODEL)
    mended = told(folder)
    sound = mended is not None and (mended.content, mended.damaged) == (contents[-1], ())
    return Cut(acknowledged, kept, sound and not found_damaged(folder))


def cut_often(cuts: int, *, flushes: bool) -> list[Cut]:
    """Cut the power so many times, on a new disk after some."""
    done: list[Cut] = []
    draw = random.Random(cuts)
    while len(done) < cuts:
        with tempfile.TemporaryDirectory() as work:
            some = min(CUTS_A_DISK, cuts - len(done))
            done.extend(session(Path(work), some, flushes=flushes, draw=draw))
    return done


def report(name: str, cuts: Sequence[Cut], seconds: float) -> None:
    kept = Counter(cut.kept for cut in cuts)
    print(
        f"{name}: {len(cuts)} cuts in {seconds:.0f} s, {sum(c.acknowledged for c in cuts)} after "
        f"success was reported: {kept['reported']} brought back what was reported last, "
        f"{kept['newer']} the one being built, {kept['lost']} lost what was reported, "
        f"{kept['damaged']} damaged; {sum(not c.mended for c in cuts)} not mended by the next build"
    )


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cuts", type=int, default=100)
    options.add_argument("--control", type=int, default=20, help="cuts without flushes")
    chosen = options.parse_args()
    if reason := why_not():
        print(f"skipped: {reason}")
        return SKIPPED
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that all is unmounted
    started = time.perf_counter()
    flushed = cut_often(chosen.cuts, flushes=True)
    report("with flushes", flushed, time.perf_counter() - started)
    started = time.perf_counter()
    control = cut_often(chosen.control, flushes=False)
    report("without", control, time.perf_counter() - started)
    held = all(cut.kept in {"reported", "newer"} and cut.mended for cut in flushed)
    told_apart = any(cut.kept in {"lost", "damaged"} for cut in control if cut.acknowledged)
    return int(not held or not told_apart)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--builder"]:
        builder(*map(Path, sys.argv[2:]))
    else:
        sys.exit(main())
