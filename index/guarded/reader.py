"""One process that reads documents, as its parent sees it: tasks in, answers out, an end for sure.

It is started by exec, never forked, in a session of its own and without the parent's secrets in
its environment. The parent never waits for it with anything but the clock in hand.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.chunks import ChunkTable
from index.errors import DocumentRefused, ReadingFailed
from index.guarded.answers import READY, file_blocks
from index.guarded.columns import ImproperColumns
from index.guarded.frames import Frames, ImproperFrame, framed
from index.guarded.limits import OUT_OF_MEMORY
from index.guarded.outcomes import ReadDocument, Task, outcome_of

Outcome = ReadDocument | DocumentRefused

_ROOM_BYTES = 256 << 10  # of documents on their way to one reader, so that it never waits
_ROOM_TASKS = 64
_START_SECONDS = 60.0
_AT_ONCE = 1 << 20  # bytes taken from a pipe
_KEPT_OF_ERRORS = 2000  # bytes
_PASSED_ON = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


@dataclass(frozen=True, slots=True)
class Guard:
    """How documents are read, and what one of them may take."""

    most: int | None = None  # readers at once; None: as many as there are cores
    memory_bytes: int = 1 << 30
    cpu_seconds: int = 20
    wall_seconds: float = 30.0
    command: tuple[str, ...] = ("-m", "index.guarded.child")  # what Python runs


@dataclass(frozen=True, slots=True)
class Asked:
    """A task on its way, and the place its outcome has among the others."""

    place: int
    task: Task


class Reader:
    """Started by creating it; `end` must be called."""

    def __init__(self, guard: Guard) -> None:
        """Start the process. Raises ReadingFailed."""
        self.asked: deque[Asked] = deque()  # what it still owes
        self.has_answered = False
        self.is_silent = False  # its answers have ended, and so has it or will
        self._guard = guard
        self._is_ready = False
        self._is_improper = ""
        self._is_late = False
        self._seconds = 0.0  # since its last answer, or since it was given work
        self._bytes = 0  # of what it still owes
        self._table = ChunkTable()
        self._frames = Frames()
        self._outgoing: deque[memoryview] = deque()
        self._errors = b""
        limits = map(str, (guard.memory_bytes, guard.cpu_seconds, guard.wall_seconds))
        try:
            self._process = subprocess.Popen(  # noqa: S603 (this interpreter, a module of ours)
                [sys.executable, "-P", *guard.command, *limits],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,
                env=_environment(),
            )
        except OSError as exc:
            raise _no_reader(exc.strerror or str(exc)) from exc
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self.tasks, self.answers, self.errors = (pipe.fileno() for pipe in pipes if pipe)
        for descriptor in (self.tasks, self.answers, self.errors):
            os.set_blocking(descriptor, False)

    @property
    def has_room(self) -> bool:
        """Whether it should be given more."""
        return self._bytes < _ROOM_BYTES and len(self.asked) < _ROOM_TASKS

    @property
    def has_to_send(self) -> bool:
        """Whether `send` has something to do."""
        return bool(self._outgoing)

    def ask(self, asked: Asked) -> None:
        """Give it a task."""
        if not self.asked:
            self._seconds = 0.0
        self.asked.append(asked)
        self._bytes += asked.task.size
        self._outgoing.extend(
            memoryview(block)
            for block in framed(file_blocks(asked.task.source, asked.task.content))
            if len(block)
        )

    def send(self) -> None:
        """Send what its pipe takes."""
        try:
            while self._outgoing:
                block = self._outgoing[0]
                sent = os.write(self.tasks, block)
                if sent < len(block):
                    self._outgoing[0] = block[sent:]
                    return
                self._outgoing.popleft()
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._outgoing.clear()  # the end of its answers tells the rest

    def receive(self) -> Iterator[tuple[Asked, Outcome]]:
        """Yield what it has answered by now."""
        try:
            content = os.read(self.answers, _AT_ONCE)
        except BlockingIOError:
            return
        self.is_silent = not content
        self._frames.feed(content)
        try:
            while (blocks := self._frames.take()) is not None:
                self._seconds = 0.0
                if not self._is_ready and blocks == [READY]:
                    self._is_ready = True
                else:
                    yield self._answered(blocks)
        except (ImproperFrame, ImproperColumns) as exc:
            self._is_improper = str(exc)
            self.is_silent = True

    def _answered(self, blocks: Sequence[bytes]) -> tuple[Asked, Outcome]:
        if not self._is_ready or not self.asked:
            raise ImproperColumns("nothing was asked")
        outcome = outcome_of(blocks, self.asked[0].task, self._table)
        if isinstance(outcome, ReadDocument):
            self._table = outcome.chunks.table
        self.has_answered = True
        asked = self.asked.popleft()
        self._bytes -= asked.task.size
        return asked, outcome

    def hear_errors(self) -> bool:
        """Keep the last of what it printed; say whether there may be more."""
        try:
            content = os.read(self.errors, _AT_ONCE)
        except BlockingIOError:
            return True
        self._errors = (self._errors + content)[-_KEPT_OF_ERRORS:]
        return bool(content)

    def wait_no_longer(self, seconds: float) -> bool:
        """Count seconds that went by, and say whether it has taken too many."""
        if not self.asked:
            return False
        self._seconds += seconds
        allowed = self._guard.wall_seconds if self._is_ready else _START_SECONDS
        self._is_late = self._seconds > allowed
        return self._is_late

    def is_gone(self) -> bool:
        """Say whether the process has ended, without forgetting how.

        Something that it started may hold the pipe of its answers open.
        """
        if not hasattr(os, "waitid"):  # on some systems only the pipe tells
            return False
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._process.pid, flags) is not None

    def end(self) -> None:
        """End the process and all that it has started, whatever they do."""
        # Before it is waited for: until then nobody else can have its number.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()

    def reason(self) -> str:
        """Say why it has ended, for the document that it was reading. Raises ReadingFailed."""
        if not self._is_ready:
            lines = self._errors.decode(errors="replace").strip().splitlines()
            raise _no_reader(lines[-1] if lines else self._why_it_ended())
        return self._why_it_ended()

    def _why_it_ended(self) -> str:
        guard, code = self._guard, self._process.returncode
        if self._is_improper:
            return f"its reader gave an answer that cannot be right ({self._is_improper})"
        if self._is_late or code == -signal.SIGALRM:
            return f"its reader was stopped: it took more than {guard.wall_seconds:g} s"
        if code == -signal.SIGXCPU:
            seconds = guard.cpu_seconds
            return f"its reader was stopped: it took more than {seconds} s of processor time"
        if code == OUT_OF_MEMORY:
            size = _spelled(guard.memory_bytes)
            return f"its reader was stopped: it needed more than {size} of memory"
        if code is not None and code < 0:
            names = {one.value: f", {one.name}" for one in signal.Signals}
            return (
                f"its reader crashed (signal {-code}{names.get(-code, '')}); the file may be "
                f"damaged, or need more than {_spelled(guard.memory_bytes)} of memory"
            )
        return f"its reader ended without an answer (exit code {code})"


def _environment() -> dict[str, str]:
    """Return what a reader may know of the environment: how to run Python, and no secrets."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(("PYTHON", "LC_"))
    }


def _spelled(size: int) -> str:
    return f"{size >> 30} GiB" if size % (1 << 30) == 0 else f"{size >> 20} MiB"


def _no_reader(reason: str) -> ReadingFailed:
    return ReadingFailed(
        f"No process that reads documents could be started ({reason}). The index stays as it is. "
        "To check the installation, run: policybot doctor"
    )
