"""Read lines at a terminal with history and completion; the only import of prompt_toolkit."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document as Typed
from prompt_toolkit.history import FileHistory

from bot.assistant import Assistant
from bot.terminal import COMMANDS, LineAbandoned

_FREQUENT_WORDS = 500
_SHORTEST_START = 2  # letters of a word before it is completed


class Prompt:
    """A prompt for questions and commands."""

    def __init__(self, history: Path, assistant: Assistant, notify: Callable[[str], None]) -> None:
        self._session: PromptSession[str] = PromptSession(
            message="policybot> ",
            history=QuestionHistory(history, notify),
            auto_suggest=AutoSuggestFromHistory(),
            completer=PolicyCompleter(assistant),
            complete_while_typing=False,
            enable_open_in_editor=True,
            enable_suspend=True,
        )

    def read(self) -> str:
        """Return one line. Raises EOFError for Ctrl-D and LineAbandoned for Ctrl-C."""
        try:
            return self._session.prompt()
        except KeyboardInterrupt as exc:
            raise LineAbandoned from exc


class QuestionHistory(FileHistory):
    """History in a file that only its owner may read; a full disk does not end the session."""

    def __init__(self, path: Path, notify: Callable[[str], None]) -> None:
        self._notify: Callable[[str], None] | None = notify
        super().__init__(str(path))

    def load_history_strings(self) -> Iterable[str]:
        """Yield the lines of earlier sessions, newest first; none where they cannot be read."""
        try:
            yield from super().load_history_strings()
        except OSError as exc:
            self._tell("read from", exc)

    def store_string(self, string: str) -> None:
        """Append one line; tell once if that fails."""
        clean = string.encode(errors="replace").decode()
        path = Path(os.fsdecode(self.filename))
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
            super().store_string(clean)
        except OSError as exc:
            self._tell("kept in", exc)

    def _tell(self, what: str, exc: OSError) -> None:
        if self._notify:
            path = os.fsdecode(self.filename)
            self._notify(f"The history cannot be {what} {path}: {exc.strerror}.")
            self._notify = None


class PolicyCompleter(Completer):
    """Completes commands, document ids and the words that stand in most passages."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._generation = 0
        self._ids: list[str] = []
        self._words: list[str] = []

    def get_completions(self, document: Typed, _event: CompleteEvent) -> Iterable[Completion]:
        """Yield what the word before the cursor may become."""
        typed = document.text_before_cursor
        start = typed.split(" ")[-1]
        if typed.startswith(":") and " " not in typed:
            candidates = [command.split()[0] for command in COMMANDS]
        elif len(start) < _SHORTEST_START and not typed.startswith(":show"):
            return
        else:
            self._refresh()
            candidates = self._ids if typed.startswith(":show") else [*self._words, *self._ids]
        for candidate in candidates:
            if candidate.startswith(start.lower()):
                yield Completion(candidate, start_position=-len(start))

    def _refresh(self) -> None:
        searcher = self._assistant.searcher
        if searcher.state.generation != self._generation:
            self._generation = searcher.state.generation
            self._ids = [document.id for document, _ in searcher.documents()]
            self._words = sorted(set(searcher.frequent_words(_FREQUENT_WORDS)))
