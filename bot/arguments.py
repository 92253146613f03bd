"""The flags of every command."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

_LONGEST_SHOWN = 40  # characters of a wrong value
_MOST_FAILURES = 1000  # questions that are shown of a collection
_DESCRIPTION = (
    "Ask policy documents a question and get the paragraph that answers it, word for word, "
    "with its citation. On a terminal, policybot alone opens a prompt."
)


@cache
def _columns() -> int:
    """Return how wide the terminal is, as `shutil.get_terminal_size` finds it."""
    named = os.environ.get("COLUMNS", "")
    if named.isdecimal() and int(named):
        return int(named)
    out = sys.__stdout__
    try:
        return (os.get_terminal_size(out.fileno()).columns if out else 0) or 80
    except (ValueError, OSError):  # it is closed, or no terminal
        return 80


class _Parser(argparse.ArgumentParser):
    """Says what helps when a question or an id starts like a flag."""

    _given: Sequence[str] = ()

    def _get_formatter(self) -> argparse.HelpFormatter:
        # One is made for every flag there is, and would load shutil for the width.
        return argparse.HelpFormatter(self.prog, width=_columns() - 2)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Remember what was given, for the message of an error."""
        self._given = sys.argv[1:] if args is None else list(args)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        from bot.redaction import redacted

        hint = ""
        if "required" in message or "expected one argument" in message or "unrec" in message:
            given = message.split() if "unrec" in message else self._given
            flags = self._option_string_actions
            if any(one.startswith("-") and one not in flags for one in given):
                hint = (
                    ". What starts with - and is no flag goes behind --, or behind = as in "
                    "--source=ID"
                )
        super().error(redacted(message) + hint)


def parser(given: Sequence[str] | None = None) -> _Parser:
    """Return the parser of the whole command line, or of as much of it as reads `given`.

    A command that is not named there gets no flags: adding all of them takes twice as long.
    """
    top = _Parser("policybot", description=_DESCRIPTION, parents=[_shared(None)])
    top.add_argument("--version", action=_Version, nargs=0, help="print the version")
    # The shared flags may stand before the command or after it; there they have no default, or
    # they would undo the earlier ones.
    shared = _shared(argparse.SUPPRESS)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, (help_, add_flags) in _COMMANDS.items():
        if given is not None and name not in given:
            commands.add_parser(name, help=help_, add_help=False)
            continue
        command = commands.add_parser(name, help=help_, description=help_ + ".", parents=[shared])
        add_flags(command)
    return top


def _no_flags(_: _Parser) -> None:
    """Leave a command with the flags that all have."""


def _ask(ask: _Parser) -> None:
    ask.add_argument(
        "question",
        nargs="+",
        metavar="QUESTION",
        help="the question; - reads it from standard input",
    )
    ask.add_argument("--json", action="store_true", help="print one JSON object")
    ask.add_argument("--limit", type=_limit, metavar="N", help="list at most N passages")
    ask.add_argument(
        "--source", action="append", metavar="ID", help="only this document (may be repeated)"
    )
    ask.add_argument("--since", type=_day, metavar="DATE", help="only documents from this day on")
    ask.add_argument("--until", type=_day, metavar="DATE", help="only documents up to this day")
    ask.add_argument(
        "--as-of", type=_day, metavar="DATE", help="only from what was in force on this day"
    )
    ask.add_argument("--explain", action="store_true", help="say why the passage was found")


def _quote(quote: _Parser) -> None:
    quote.add_argument(
        "text", nargs="+", metavar="TEXT", help="the text; - reads it from standard input"
    )
    quote.add_argument("--json", action="store_true", help="print one JSON object")


def _index(index: _Parser) -> None:
    index.description = None  # its actions say what they do
    shared = _shared(argparse.SUPPRESS)
    actions = index.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")

    def action(name: str, help_: str) -> _Parser:
        return actions.add_parser(name, help=help_, description=help_ + ".", parents=[shared])

    build = action("build", "bring the index in line with the documents")
    build.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="build from these files and folders instead of the documents folder",
    )
    build.add_argument("--full", action="store_true", help="read every document again")
    build.add_argument(
        "--force", action="store_true", help="accept the loss of more than half the passages"
    )
    build.add_argument(
        "--dry-run", action="store_true", help="report what would change, and change nothing"
    )
    build.add_argument(
        "--watch",
        action="store_true",
        help="go on, and build again whenever files have changed and settled, until Ctrl-C",
    )
    build.add_argument("--json", action="store_true", help="print one JSON object")
    action("status", "say what is live, and how the documents differ from it")
    action("verify", "check every byte of every generation")
    action("rollback", "go back to the generation before the live one")


def _sources(sources: _Parser) -> None:
    sources.add_argument("--json", action="store_true", help="print one JSON list")


def _show(show: _Parser) -> None:
    show.add_argument("id", metavar="ID", help="such as report-2023 or report-2023#7")
    show.add_argument(
        "--context",
        type=_context,
        default=0,
        metavar="N",
        help="with N paragraphs before and after it",
    )


def _diff(diff: _Parser) -> None:
    diff.add_argument("id", metavar="DOCUMENT", help="such as report-2023")
    diff.add_argument(
        "--from",
        type=_day,
        metavar="DATE",
        help="compare what was in force on this day; otherwise the version before",
    )
    diff.add_argument(
        "--to",
        type=_day,
        metavar="DATE",
        help="with what was in force on this day; otherwise the last version",
    )
    diff.add_argument("--json", action="store_true", help="print one JSON object")


def _eval(evaluation: _Parser) -> None:
    evaluation.add_argument(
        "folders",
        nargs="+",
        type=_path,
        metavar="FOLDER",
        help="a folder with corpus.jsonl, queries.jsonl and qrels/test.tsv as BEIR has them",
    )
    evaluation.add_argument("--json", action="store_true", help="print one JSON object a folder")
    evaluation.add_argument(
        "--plain", action="store_true", help="rank with BM25 and nothing else as well"
    )
    evaluation.add_argument(
        "--save", type=_path, metavar="FILE", help="save what each question found"
    )
    evaluation.add_argument(
        "--compare", type=_path, metavar="FILE", help="compare with a run that was saved"
    )
    evaluation.add_argument(
        "--failures",
        type=_failures,
        default=0,
        metavar="N",
        help="show the N worst questions, what they should find and what they do",
    )


def _discord(discord: _Parser) -> None:
    instead = discord.add_mutually_exclusive_group()
    instead.add_argument(
        "--check",
        action="store_true",
        help="verify token, settings, index and ledger, and connect to nothing",
    )
    instead.add_argument(
        "--invite",
        action="store_true",
        help="print the links that bring the bot to a server or to an account",
    )


# Each with what it does, and what adds its flags.
_COMMANDS: dict[str, tuple[str, Callable[[_Parser], None]]] = {
    "ask": ("answer one question", _ask),
    "quote": ("say whether a text stands in the documents, and where it differs", _quote),
    "repl": ("answer questions at a prompt, or from standard input, one a line", _no_flags),
    "index": ("build, check or roll back the index", _index),
    "sources": ("list the documents", _sources),
    "show": ("print a document or a passage by its id", _show),
    "diff": ("show what a version of a document changed", _diff),
    "eval": ("measure how well the questions of test collections are answered", _eval),
    "discord": ("answer on Discord until stopped", _discord),
    "doctor": (
        "check installation, settings, documents and index, and name the fixes",
        _no_flags,
    ),
}


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: that takes longer than a question."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        import importlib.metadata

        sys.stdout.write(f"policybot {importlib.metadata.version('policybot')}\n")
        parser.exit()


def with_flags(message: str, options: argparse.Namespace) -> str:
    """Put the flags that choose an index into the command that a message advises."""
    import shlex  # messages are rare

    flags = "".join(
        f" {flag} {shlex.quote(str(value))}"
        for flag in ("--config", "--documents", "--index")
        if (value := getattr(options, flag[2:])) is not None
    )
    return message.replace("policybot index build", f"policybot index build{flags}")


def _shared(default: str | None) -> _Parser:
    shared = _Parser(add_help=False)
    flags = shared.add_argument_group("everywhere")
    for name, metavar, help_ in (
        (
            "--config",
            "FILE",
            "the settings file; otherwise policybot.yaml here or in a folder above",
        ),
        ("--documents", "DIR", "the folder of the documents; otherwise data/documents"),
        ("--index", "DIR", "the folder of the index; otherwise .policybot/index"),
    ):
        flags.add_argument(name, type=_path, metavar=metavar, default=default, help=help_)
    unset = False if default is None else default
    flags.add_argument("--no-color", action="store_true", default=unset, help="print plain text")
    flags.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        default=unset,
        help="on an error, show where in the program it arose; discord also logs its connections",
    )
    return shared


def _path(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("the path is empty")
    return Path(text)


def _limit(text: str) -> int:
    from bot.settings import LARGEST_LIMIT

    return _bounded(text, 1, LARGEST_LIMIT)


def _context(text: str) -> int:
    from bot.settings import LARGEST_CONTEXT

    return _bounded(text, 0, LARGEST_CONTEXT)


def _failures(text: str) -> int:
    return _bounded(text, 1, _MOST_FAILURES)


def _bounded(text: str, lowest: int, highest: int) -> int:
    from bot.settings import whole_number

    number = whole_number(text)
    if number is None or not lowest <= number <= highest:
        shown = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."
        raise argparse.ArgumentTypeError(f"{shown!r} is not a number from {lowest} to {highest}")
    return number


def _day(text: str) -> str:
    from index import is_date

    if not is_date(text):
        raise argparse.ArgumentTypeError(
            f"{text[:_LONGEST_SHOWN]!r} is not a day such as 2023-09-06"
        )
    return text
