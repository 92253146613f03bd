"""The REPL: questions and commands in, lines out.

The loop is handed its functions, so a test runs it as a whole transcript.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bot.answering import Answer
from bot.assistant import Assistant
from bot.errors import BotError
from bot.lines import Line, styled
from bot.rendering import answer_lines, explain_lines, quote_lines, shown, source_lines
from index import PolicyIndexError

COMMANDS = {
    ":help": "list the commands",
    ":sources": "list the documents",
    ":show ID": "print a document or a passage",
    ":context [N]": "the paragraphs around the last answer",
    ":more": "the next passages for the last question",
    ":explain": "why the last answer was found",
    ":reload": "take up a newer index",
    ":quit": "leave (Ctrl-D does the same)",
}
_MORE = 5  # passages that :more adds
_CONTEXT = 1  # paragraphs around the answer
_MOST_CONTEXT = 50

Show = Callable[[Iterable[Line]], None]


@dataclass(frozen=True, slots=True)
class _Turn:
    """What the commands about the last answer need."""

    answer: Answer
    shown: int  # quotes shown in full


def run(read: Callable[[], str], show: Show, assistant: Assistant) -> int:
    """Read lines until the end of input and answer them; return the exit code.

    `read` raises EOFError at the end and KeyboardInterrupt when a line is abandoned.
    """
    turn: _Turn | None = None
    while True:
        try:
            line = " ".join(read().split())
        except EOFError:
            return 0
        except KeyboardInterrupt:
            continue
        if not line:
            continue
        if line in (":quit", ":q", ":exit"):
            return 0
        try:
            if line.startswith(":"):
                turn = _command(line, show, assistant, turn)
            else:
                answer = assistant.ask(line)
                show([*answer_lines(answer), Line()])
                turn = _Turn(answer, 1)
        except (BotError, PolicyIndexError) as exc:
            show([styled(str(exc), "alarm")])
        except KeyboardInterrupt:
            show([Line("Interrupted.")])


def _command(line: str, show: Show, assistant: Assistant, turn: _Turn | None) -> _Turn | None:
    """Carry out one command and return what the next ones are about."""
    name, _, rest = line.partition(" ")
    if name == ":help":
        show(Line(f"{command:<14}{what}") for command, what in COMMANDS.items())
    elif name == ":sources":
        show(source_lines(assistant.searcher.documents()))
    elif name == ":show":
        lines = shown(assistant.searcher, rest, 0) if rest else None
        show(lines or [Line(f"Nothing is called {rest}. :sources lists the documents.")])
    elif name == ":reload":
        news = assistant.reload()
        generation = assistant.searcher.state.generation
        show([Line(f"{'Now' if news else 'Still'} answering from generation {generation}.")])
    elif name not in (":context", ":more", ":explain"):
        show([Line(f"There is no command {name}. :help lists them.")])
    elif turn is None or not turn.answer.quotes:
        show([Line("There is no answer yet. Ask a question first.")])
    elif name == ":context":
        show(_context(rest, assistant, turn))
    elif name == ":explain":
        show(explain_lines(turn.answer, turn.answer.quotes[: turn.shown]))
    else:
        return _more(show, assistant, turn)
    return turn


def _context(rest: str, assistant: Assistant, turn: _Turn) -> Iterable[Line]:
    if rest and not (rest.isdecimal() and 1 <= int(rest) <= _MOST_CONTEXT):
        return [Line(f":context takes a number of paragraphs from 1 to {_MOST_CONTEXT}.")]
    id_ = turn.answer.quotes[turn.shown - 1].passage.id
    lines = shown(assistant.searcher, id_, int(rest or _CONTEXT))
    return lines or [Line(f"{id_} is no longer in the index.")]


def _more(show: Show, assistant: Assistant, turn: _Turn) -> _Turn:
    answer = assistant.ask(turn.answer.question, limit=turn.shown + _MORE)
    quotes = answer.quotes[turn.shown :]
    if not quotes:
        show([Line("No further passage shares a word with the question.")])
    for quote in quotes:
        show([styled(f"{quote.rank}.", "quiet"), *quote_lines(quote), Line()])
    return replace(turn, answer=answer, shown=max(turn.shown, len(answer.quotes)))
