"""Rebuild in a child process: one that runs in a thread would hold up the event loop.

The child is the program's own `index build --json`, so it goes through the same guarded readers
and the same lock; a running one is ended with the bot, and leaves the old index or the new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.errors import RebuildFailed

_NICENESS = 10  # questions come first
_KILLED_AFTER_SECONDS = 1.5
_LONGEST_MESSAGE = 4000  # characters of what the child said


class Rebuilder:
    """Runs rebuilds, one at a time."""

    def __init__(self, documents: Path, index: Path, config: Path | None) -> None:
        """Take what the running bot uses, so that the child uses the same."""
        self._documents = documents
        self._index = index
        self._config = config
        self._one_at_a_time = asyncio.Lock()
        self._one_tried_at_a_time = asyncio.Lock()
        self._running: set[asyncio.subprocess.Process] = set()
        self._is_stopping = False

    @property
    def is_running(self) -> bool:
        """Whether a rebuild of the live index runs."""
        return self._one_at_a_time.locked()

    async def rebuild(self, *, force: bool = False) -> dict[str, Any]:
        """Bring the index in line; return what the build prints as JSON. Raises RebuildFailed."""
        async with self._one_at_a_time:
            return await self._build(self._documents, self._index, ["--force"] if force else [])

    async def try_out(self, folder: Path, index: Path) -> dict[str, Any]:
        """Build an index of its own from a folder. Raises RebuildFailed."""
        async with self._one_tried_at_a_time:
            return await self._build(folder, index, [])

    async def stop(self) -> None:
        """End every child process and wait for it; none is started any more."""
        self._is_stopping = True
        for process in list(self._running):
            _signal(process, signal.SIGTERM)
        waits = [asyncio.ensure_future(process.wait()) for process in self._running]
        if waits:
            await asyncio.wait(waits, timeout=_KILLED_AFTER_SECONDS)
        for process in list(self._running):
            _signal(process, signal.SIGKILL)

    async def _build(self, documents: Path, index: Path, flags: Sequence[str]) -> dict[str, Any]:
        if self._is_stopping:  # it waited for its turn until now
            raise RebuildFailed("The bot is being stopped. Try again when it is back.")
        config = ["--config", str(self._config)] if self._config else []
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "bot", "index", "build", "--json", *flags),
            *("--documents", str(documents), "--index", str(index), *config),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # so that it is ended with all that it starts
        )
        self._running.add(process)
        try:
            with contextlib.suppress(OSError):  # a process that has ended has no priority
                os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
            out, said = await process.communicate()
        finally:
            self._running.discard(process)
            if process.returncode is None:
                _signal(process, signal.SIGKILL)
        if process.returncode != 0:
            message = said.decode(errors="replace").strip().removeprefix("policybot: ")
            raise RebuildFailed(
                message[-_LONGEST_MESSAGE:] or f"The rebuild ended with {process.returncode}."
            )
        report: dict[str, Any] = json.loads(out)
        return report


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
