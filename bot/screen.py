"""Print lines on a terminal or into a pipe; the only import of rich, and only for a terminal."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

from bot.lines import Line, Style, plain, visible

if TYPE_CHECKING:
    from rich.progress import Progress

    from index import OnProgress

_NO_SUCH_COMMAND = (126, 127)  # as a shell says it
_NARROWEST = 20  # columns; below, lines run over the edge rather than vanish
_STYLES: dict[Style, str] = {
    "match": "bold yellow",
    "sentence": "bold",
    "quiet": "dim",
    "strong": "bold",
    "alarm": "bold red",
    "removed": "red strike",
    "added": "green",
}


class Screen:
    """Where output goes: standard output for answers, standard error for what else happens."""

    def __init__(self, *, color: bool = True) -> None:
        """Take the streams of this process; `color` False, NO_COLOR and a pipe print plain text."""
        self._out = sys.stdout
        is_plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        self.has_color = color and not is_plain
        for stream in (sys.stdout, sys.stderr):
            # A character that the terminal's encoding lacks must not cost the answer.
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # text streams of a process
        self.is_terminal = self._out.isatty()

    def show(self, lines: Iterable[Line], *, page: bool = False) -> None:
        """Print lines; with `page`, through a pager if they overflow the terminal."""
        if not self.is_terminal:
            for line in lines:
                print(plain(line), file=self._out)
            self._out.flush()
            return
        import shutil  # what only a terminal needs is imported for one

        text = self._wrapped(lines)
        height = shutil.get_terminal_size().lines
        if not page or text.count("\n") < height or not _through_pager(text):
            self._out.write(text)
            self._out.flush()

    def show_json(self, value: Any) -> None:
        """Print one JSON value on one line."""
        is_utf8 = (self._out.encoding or "").lower().replace("-", "") == "utf8"
        print(json.dumps(value, ensure_ascii=not is_utf8), file=self._out, flush=True)

    def tell(self, message: str) -> None:
        """Print a message beside the answers, on standard error."""
        sys.stderr.write(f"{visible(message)}\n")
        sys.stderr.flush()

    def _wrapped(self, lines: Iterable[Line]) -> str:
        import shutil

        from rich.console import Console
        from rich.padding import Padding
        from rich.text import Text

        width = max(shutil.get_terminal_size().columns, _NARROWEST)
        console = Console(
            file=self._out,
            highlight=False,
            markup=False,
            emoji=False,
            width=width,
            color_system="standard" if self.has_color else None,
            force_terminal=self.has_color,
        )
        with console.capture() as capture:
            for line in lines:
                if not line.text:
                    console.print()
                    continue
                text = Text(line.text)
                if self.has_color:
                    for start, end, style in line.styles:
                        text.stylize(_STYLES[style], start, end)
                hung = line.indent + line.hang
                for place, piece in enumerate(text.wrap(console, width - hung)):
                    indent = hung if place else line.indent
                    console.print(Padding(piece, (0, 0, 0, indent), expand=False))
        return "".join(f"{shown.rstrip(' ')}\n" for shown in capture.get().splitlines())


def _through_pager(text: str) -> bool:
    """Page the text; say whether there was a pager."""
    import signal
    import subprocess

    command = os.environ.get("PAGER") or "less"
    environment = {"LESS": "FRX", **os.environ}
    # Ctrl-C belongs to the pager while it runs: ended by force it would leave the terminal raw.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        pager = subprocess.Popen(  # noqa: S602 (PAGER is the user's own command line, by convention)
            command,
            shell=True,
            stdin=subprocess.PIPE,
            env=environment,
        )
        with suppress(BrokenPipeError):
            pager.communicate(text.encode(errors="replace"))
        return pager.wait() not in _NO_SUCH_COMMAND
    except OSError:
        return False
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def progress(stream: TextIO, *, color: bool) -> Iterator[OnProgress]:
    """Give a callback that draws a progress bar on a terminal, and is silent elsewhere.

    The bar appears with the first document that is read: most questions read none.
    """
    if not stream.isatty():
        yield lambda *_: None
        return
    with ExitStack() as stack:
        bar: Progress | None = None

        def on_progress(done: int, total: int, _: str) -> None:
            nonlocal bar
            if bar is None:
                bar = stack.enter_context(_bar(stream, total, color=color))
            what = "Reading documents" if done < total else "Putting the index together"
            bar.update(bar.task_ids[0], completed=done, description=what)

        yield on_progress


def _bar(stream: TextIO, total: int, *, color: bool) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(file=stream, color_system="auto" if color else None)
    bar = Progress(*columns, console=console, transient=True)
    bar.add_task("", total=total)
    return bar
