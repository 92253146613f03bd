"""A process that reads documents as index.guarded.child does, with readers that misbehave.

Started as `hostile_reader.py MEMORY CPU WALL`. The first word of a document says what its reader
does; one that starts with none of them is read as any other.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from index import readers
from index.folder import SourceBytes, SourceFile
from index.guarded import child
from index.records import ParsedDocument

_kept: list[bytes] = []


def answers() -> int:
    """Return the descriptor that answers go through, which is the last one opened."""
    return max(number for number in range(3, 20) if _is_open(number))


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def loop() -> None:
    while True:
        pass


def sleep() -> None:
    time.sleep(600)


def sleep_through_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGXCPU, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(600)


def take_memory() -> None:
    while True:
        _kept.append(bytes(64 << 20))


def crash() -> None:
    ctypes.string_at(0)


def leave() -> None:
    os._exit(3)


def print_garbage() -> None:
    print("garbage " * 10_000)
    os.write(1, b"more garbage")
    sys.stdout.flush()


def answer_garbage() -> None:
    os.write(answers(), b"garbage " * 100)


def answer_without_end() -> None:
    os.write(answers(), b"pbg1\x01\x00\x00\x00" + (1 << 62).to_bytes(8, "little"))


def close_answers() -> None:
    os.close(answers())
    time.sleep(600)


def connect() -> None:
    socket.create_connection(("127.0.0.1", 9))


def connect_past_the_interpreter() -> None:
    """Look for a network without Python's own sockets: the kernel's list of devices."""
    devices = Path("/proc/self/net/dev").read_text().splitlines()[2:]
    names = [line.partition(":")[0].strip() for line in devices]
    raise RuntimeError(f"devices: {' '.join(names)}")


def write_file() -> None:
    Path("/tmp/written-by-a-reader").write_text("x")  # noqa: S108 (it must not come to be)


def write_file_past_the_interpreter() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    place = os.environ["PYTHONPLACE"].encode()
    descriptor = libc.open(place, os.O_WRONLY | os.O_CREAT, 0o600)
    written = libc.write(descriptor, b"x", 1)
    raise RuntimeError(f"wrote {written}")


def start_program() -> None:
    subprocess.run(["/bin/true"], check=False)


def fork() -> None:
    os.fork()


def fork_past_the_interpreter() -> None:
    """Leave a process behind that holds on to the pipe of the answers, and end."""
    if ctypes.CDLL(None).fork() == 0:
        time.sleep(600)
    os._exit(4)


def fail() -> None:
    raise KeyError("no such thing")


def recurse() -> None:
    recurse()


def tell_secrets() -> None:
    raise RuntimeError(" ".join(name for name in os.environ if "TOKEN" in name) or "no token")


DEEDS: dict[str, Callable[[], None]] = {
    name: deed
    for name, deed in list(globals().items())
    if getattr(deed, "__module__", "") == __name__ and not name.startswith("_")
}


def read(source: SourceFile, content: SourceBytes) -> ParsedDocument:
    deed = DEEDS.get(content.text.split(b" ", 1)[0].decode(errors="replace"))
    if deed is not None:
        deed()
    return readers.read(source, content)


if __name__ == "__main__":
    child.main(read)
