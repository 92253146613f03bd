"""Rebuild an index in child processes that are there to be killed or starved.

Started as `build_forever.py INDEX ALPHA BETA`, two folders of documents. Each line read orders one
child, whose process id is printed at once and whose wait status when it has ended:

    forever       rebuild from BETA and ALPHA in turn, without end
    until N       rebuild from BETA; SIGKILL before the Nth step that touches the file system
    limit BYTES   rebuild from BETA; no file may grow beyond so many bytes

A child exits with 0 when its rebuild was done, with REFUSED when the disk refused it. Children
are forked, because importing takes longer than a whole rebuild.
"""

import itertools
import os
import resource
import signal
import sys
import tempfile
from pathlib import Path

from editions import MODEL

import index
from index.errors import StorageFailed

REFUSED = 3
_STEPS = {
    "open",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.truncate",
    "fcntl.flock",
    "sqlite3.connect",
}


def child(order: str, number: int, folder: Path, alpha: Path, beta: Path) -> None:
    """Carry out one order."""
    if order == "forever":
        for documents in itertools.cycle((beta, alpha)):
            index.rebuild([documents], folder, MODEL)
    if order == "until":
        _kill_before(number)
    if order == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (number, number))
    index.rebuild([beta], folder, MODEL)


def _kill_before(number: int) -> None:
    """Kill this process before its step of that number, from 1."""
    steps = itertools.count(1)

    def hook(event: str, _: object) -> None:
        if event in _STEPS and next(steps) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def main() -> None:
    folder, alpha, beta = map(Path, sys.argv[1:])
    with tempfile.TemporaryDirectory() as warm:  # loads what only a rebuild loads
        index.rebuild([beta], Path(warm), MODEL)
    for line in sys.stdin:
        order, _, number = line.strip().partition(" ")
        process = os.fork()
        if process == 0:
            try:
                child(order, int(number or 0), folder, alpha, beta)
            except StorageFailed:
                os._exit(REFUSED)
            os._exit(0)
        print(process, flush=True)
        print(os.waitpid(process, 0)[1], flush=True)


if __name__ == "__main__":
    main()
