"""The `policybot` command: flags to checked settings, one function a command, one exit code.

What a command needs is imported when it runs, so help comes at once and Ctrl-C is always heard.
"""

import gc
import os
import sys
from collections.abc import Sequence

from bot.exit_codes import ERROR, FOUND, INTERRUPTED, PIPE_CLOSED

_MANY_OBJECTS = 100_000  # more than a question makes; a build that it waits for makes more
_USUAL_THRESHOLD = gc.get_threshold()
_LONG_COMMANDS = ("discord", "eval", "index", "repl")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; every error becomes one here."""
    # numpy starts a thread a core for linear algebra; nothing here needs one, and starting them
    # takes as long as all the rest of a question.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if arguments is not None:
        return _code_of(arguments)
    # A question makes twenty thousand objects and next to no garbage. Looking for it among them,
    # then and once more at the end of the process, takes a tenth of a question.
    gc.set_threshold(_MANY_OBJECTS)
    code = _code_of(sys.argv[1:])
    if gc.get_threshold()[0] == _MANY_OBJECTS:
        gc.freeze()
    return code


def _code_of(arguments: Sequence[str]) -> int:
    _open_closed_streams()
    try:
        try:
            code = _run(arguments)
        except SystemExit as exc:  # how the parser ends after --help or a wrong flag
            code = exc.code if isinstance(exc.code, int) else ERROR
        sys.stdout.flush()
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            sys.stderr.write("\n")  # the shell's prompt shall not stand behind the ^C
        return INTERRUPTED
    except BrokenPipeError:
        _silence_stdout()  # the reader has what it wanted
        return PIPE_CLOSED
    except OSError as exc:
        from bot.redaction import redacted

        problem = redacted(f"{exc.filename or 'output'}: {exc.strerror or exc}")
        sys.stderr.write(f"policybot: {problem}\n")
        _silence_stdout()
        return ERROR
    return code


def _open_closed_streams() -> None:
    """Give a process that was started with closed streams empty ones."""
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)
            mode = "r" if descriptor == 0 else "w"
            setattr(sys, name, os.fdopen(descriptor, mode, encoding="utf-8"))


def _silence_stdout() -> None:
    """Keep the interpreter from flushing once more, and failing once more, when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: Sequence[str]) -> int:
    from bot.arguments import parser, with_flags

    options = parser(arguments).parse_args(arguments)
    if options.command is None:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            parser().print_help()
            return FOUND
        options.command = "repl"
    from bot.commands import COMMANDS
    from bot.errors import BotError
    from index import PolicyIndexError

    if options.command in _LONG_COMMANDS:
        gc.set_threshold(*_USUAL_THRESHOLD)
    try:
        return COMMANDS[options.command](options)
    except (BotError, PolicyIndexError) as exc:
        from bot.lines import visible
        from bot.redaction import redacted

        if options.verbose:
            import traceback

            sys.stderr.write(redacted(traceback.format_exc()))
        sys.stderr.write(f"policybot: {visible(redacted(with_flags(str(exc), options)))}\n")
        return ERROR
