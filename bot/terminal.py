"""The REPL: questions and commands in, lines out.

The loop is handed its functions, so a test runs it as a whole transcript.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bot.answering import Answer
from bot.assistant import Assistant, LookedUp
from bot.errors import BotError
from bot.lines import Line, styled, visible
from bot.quote_rendering import quote_check_lines
from bot.rendering import (
    answer_lines,
    explain_lines,
    quote_lines,
    shown,
    source_lines,
    standing_lines,
)
from bot.settings import LARGEST_CONTEXT, whole_number
from index import PolicyIndexError

COMMANDS = {
    ":help": "list the commands",
    ":sources": "list the documents",
    ":show ID": "print a document or a passage; :show 2 the second of the answer",
    ":context [N]": "the paragraphs around the last answer",
    ":quote TEXT": "whether a text stands in the documents, and where it differs",
    ":more": "the next passages for the last question",
    ":explain": "why the last answer was found",
    ":reload": "take up a newer index now; a question does so by itself",
    ":quit": "leave (Ctrl-D does the same)",
}
_LEAVE = (":quit", ":q", ":exit")
_MORE = 5  # passages that :more adds
_CONTEXT = 1  # paragraphs around the answer

Show = Callable[[Iterable[Line]], None]


class LineAbandoned(Exception):
    """The person pressed Ctrl-C while typing a line."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """What the commands about the last answer need."""

    answer: Answer
    shown: int  # quotes shown in full


def run(
    read: Callable[[], str], show: Show, assistant: Assistant, *, goes_on_after_ctrl_c: bool
) -> int:
    """Read lines until the end of input and answer them; return the exit code.

    `read` raises EOFError at the end and LineAbandoned when a line is given up. Ctrl-C during an
    answer ends that answer for a person at a prompt, and the session where nobody is.
    """
    turn: _Turn | None = None
    while True:
        try:
            typed = read().strip()
        except EOFError:
            return 0
        except LineAbandoned:
            continue
        line = " ".join(typed.split())
        if not line:
            continue
        if line.split()[0] in _LEAVE or line in ("quit", "exit"):
            return 0
        try:
            if line.split()[0] == ":quote":
                _check_quote(typed[len(":quote") :], show, assistant)
            elif line.startswith(":") or line == "help":
                turn = _command(line, show, assistant, turn)
            else:
                _take_up_newer(show, assistant)
                answer = assistant.ask(line)
                show([*answer_lines(answer), Line()])
                turn = _Turn(answer, 0 if answer.outcome == "not_found" else 1)
        except (BotError, PolicyIndexError) as exc:
            show([styled(str(exc), "alarm")])
        except KeyboardInterrupt:
            if not goes_on_after_ctrl_c:
                raise
            show([Line("Interrupted.")])


def _take_up_newer(show: Show, assistant: Assistant) -> None:
    """Answer from a newer index from now on, if another process built one."""
    try:
        newer = assistant.newer()
    except (PolicyIndexError, OSError) as exc:
        generation = assistant.searcher.state.generation
        show([styled(f"{exc} Until then generation {generation} answers.", "alarm")])
        return
    if newer is None:
        return
    is_other = newer.state != assistant.searcher.state  # or the newest one was damaged
    assistant.take_up(newer)
    if is_other:
        show([styled(f"Now answering from generation {newer.state.generation}.", "quiet")])


def _check_quote(text: str, show: Show, assistant: Assistant) -> None:
    if not text.strip():
        show([Line(":quote needs the text that shall be looked for.")])
        return
    _take_up_newer(show, assistant)
    show([*quote_check_lines(assistant.check_quote(text)), Line()])


def _command(line: str, show: Show, assistant: Assistant, turn: _Turn | None) -> _Turn | None:
    """Carry out one command and return what the next ones are about."""
    name, _, rest = line.partition(" ")
    if name in (":help", "help"):
        show(Line(f"{command:<14}{what}") for command, what in COMMANDS.items())
    elif name == ":sources":
        _take_up_newer(show, assistant)
        show(source_lines(assistant.searcher.documents(), assistant.searcher.superseded_by))
    elif name == ":show":
        number = whole_number(rest) if turn else None
        if turn and number and number <= len(turn.answer.quotes):  # as listed with the answer
            rest = turn.answer.quotes[number - 1].passage.id
        found = assistant.look_up(rest)
        what = f"Nothing is called {rest}" if rest else ":show needs the id of something"
        missing = [Line(visible(f"{what}. :sources lists the documents."))]
        show(_shown(found) if found else missing)
    elif name == ":reload":
        news = assistant.reload()
        generation = assistant.searcher.state.generation
        show([Line(f"{'Now' if news else 'Still'} answering from generation {generation}.")])
    elif name not in (":context", ":more", ":explain"):
        show([Line(visible(f"There is no command {name}. :help lists them."))])
    elif turn is None or not turn.answer.quotes:
        show([Line("There is no answer yet. Ask a question first.")])
    elif name == ":context":
        show(_context(rest, assistant, turn))
    elif name == ":explain":
        show(explain_lines(turn.answer, turn.answer.quotes[: max(turn.shown, 1)]))
    else:
        return _more(show, assistant, turn)
    return turn


def _context(rest: str, assistant: Assistant, turn: _Turn) -> Iterable[Line]:
    around = whole_number(rest) if rest else _CONTEXT
    if around is None or not 1 <= around <= LARGEST_CONTEXT:
        return [Line(f":context takes a number of paragraphs from 1 to {LARGEST_CONTEXT}.")]
    id_ = turn.answer.quotes[0].passage.id
    found = assistant.look_up(id_, around)
    return _shown(found) if found else [Line(visible(f"{id_} is no longer in the index."))]


def _shown(found: LookedUp) -> list[Line]:
    remarks = standing_lines(found.versions, found.superseded_by)
    return shown(found.named, found.around, whole=found.is_document, remarks=remarks)


def _more(show: Show, assistant: Assistant, turn: _Turn) -> _Turn:
    answer = assistant.ask(turn.answer.question, limit=turn.shown + _MORE)
    quotes = answer.quotes[turn.shown :]
    if not quotes:
        show([Line("No further passage shares a word with the question.")])
    for quote in quotes:
        show([styled(f"{quote.rank}.", "quiet"), *quote_lines(quote), Line()])
    # After a reload the question may have fewer hits than were shown.
    return replace(turn, answer=answer, shown=len(answer.quotes))
