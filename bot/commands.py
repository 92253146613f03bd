"""One function a command: options in, exit code out."""

import argparse
import difflib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import index
from bot import json_values, rendering, reports, settings
from bot.assistant import Assistant
from bot.errors import QuestionRefused, SettingsRefused
from bot.exit_codes import ERROR, FOUND, NOTHING_FOUND
from bot.lines import Line
from bot.screen import Screen, progress

_LONGEST_INPUT = 1 << 20  # characters of standard input that are looked at


def _settings(options: argparse.Namespace) -> settings.Settings:
    return settings.load(
        Path.cwd(), config=options.config, documents=options.documents, index=options.index
    )


@contextmanager
def _assistant(options: argparse.Namespace, screen: Screen) -> Iterator[Assistant]:
    with progress(sys.stderr, color=screen.has_color) as on_progress:
        yield Assistant(_settings(options), screen.tell, on_progress)


def ask(options: argparse.Namespace) -> int:
    """Answer one question."""
    screen = Screen(color=not options.no_color)
    question = " ".join(options.question)
    if question == "-":
        sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]  # a text stream
        question = sys.stdin.read(_LONGEST_INPUT)
    if options.since and options.until and options.since > options.until:
        raise QuestionRefused(f"--since {options.since} is after --until {options.until}.")
    with _assistant(options, screen) as assistant:
        if options.source:
            _check_sources(options.source, assistant.searcher)
        only = index.Filter(options.source, options.since, options.until)
        answer = assistant.ask(question, limit=options.limit, only=only)
    if options.json:
        screen.show_json(json_values.answer_json(answer))
    else:
        screen.show(rendering.answer_lines(answer, explain=options.explain), page=True)
    return NOTHING_FOUND if answer.outcome == "not_found" else FOUND


def _check_sources(asked: list[str], searcher: index.Searcher) -> None:
    known = [document.id for document, _ in searcher.documents()]
    for source in asked:
        if source not in known:
            raise SettingsRefused(
                f"No document is called {source}.{_nearest(source, known)} "
                "All of them: policybot sources"
            )


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    return f" The nearest: {', '.join(near)}." if near else ""


def repl(options: argparse.Namespace) -> int:
    """Answer questions at a prompt, or from standard input."""
    from bot.terminal import run

    screen = Screen(color=not options.no_color)
    with _assistant(options, screen) as assistant:
        assistant.searcher  # noqa: B018 (opened now, so that a missing index is built before the prompt)
    if sys.stdin.isatty() and screen.is_terminal:
        from bot.prompt import Prompt

        prompt = Prompt(_settings(options).state / "history", assistant, screen.tell)
        screen.show([Line("Ask the documents. :help lists the commands, Ctrl-D leaves.")])
        return run(prompt.read, screen.show, assistant)
    sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]  # a text stream
    lines = iter(sys.stdin)

    def read() -> str:
        line: str | None = next(lines, None)
        if line is None:
            raise EOFError
        return line

    return run(read, screen.show, assistant)


def index_command(options: argparse.Namespace) -> int:
    """Build, check or roll back the index."""
    return _INDEX_ACTIONS[options.action](options)


def _build(options: argparse.Namespace) -> int:
    screen = Screen(color=not options.no_color)
    with _assistant(options, screen) as assistant:
        report = assistant.rebuild(
            options.paths, full=options.full, force=options.force, dry_run=options.dry_run
        )
    if options.json:
        screen.show_json(json_values.report_json(report))
    else:
        screen.show(reports.report_lines(report, dry_run=options.dry_run))
    return FOUND


def _status(options: argparse.Namespace) -> int:
    screen = Screen(color=not options.no_color)
    chosen = _settings(options)
    status = index.status(chosen.index)
    with _assistant(options, screen) as assistant:
        try:
            report = assistant.rebuild(dry_run=True, force=True)
        except index.PolicyIndexError as exc:
            change = f"cannot be compared: {exc}"
        else:
            changes = len(report.added) + len(report.changed) + len(report.removed)
            change = (
                f"{changes} changed since; run: policybot index build" if changes else "indexed"
            )
    screen.show(reports.status_lines(status, chosen.index, chosen.documents, change))
    return ERROR if status.damaged else FOUND


def _verify(options: argparse.Namespace) -> int:
    screen = Screen(color=not options.no_color)
    checked = index.check(_settings(options).index)
    screen.show(reports.checked_lines(checked))
    return ERROR if any(generation.problems for generation in checked) else FOUND


def _rollback(options: argparse.Namespace) -> int:
    screen = Screen(color=not options.no_color)
    before, now = index.roll_back(_settings(options).index)
    screen.show(
        [Line(f"Generation {now} is live; {before} was. The next build goes on from {now}.")]
    )
    return FOUND


def sources(options: argparse.Namespace) -> int:
    """List the documents."""
    screen = Screen(color=not options.no_color)
    with _assistant(options, screen) as assistant:
        documents = assistant.searcher.documents()
    if options.json:
        screen.show_json(json_values.sources_json(documents))
    else:
        screen.show(rendering.source_lines(documents), page=True)
    return FOUND if documents else NOTHING_FOUND


def show(options: argparse.Namespace) -> int:
    """Print a document or a passage."""
    screen = Screen(color=not options.no_color)
    with _assistant(options, screen) as assistant:
        searcher = assistant.searcher
    lines = rendering.shown(searcher, options.id, options.context)
    if lines is None:
        known = [document.id for document, _ in searcher.documents()]
        near = _nearest(options.id.partition("#")[0], known)
        screen.tell(f"policybot: Nothing is called {options.id}.{near}")
        return NOTHING_FOUND
    screen.show(lines, page=True)
    return FOUND


def doctor(options: argparse.Namespace) -> int:
    """Check the installation and name the fixes."""
    from bot.doctor import examine

    screen = Screen(color=not options.no_color)
    findings = examine(lambda: _settings(options))
    screen.show(reports.finding_lines(findings))
    return ERROR if any(finding.verdict == "fail" for finding in findings) else FOUND


_INDEX_ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "build": _build,
    "status": _status,
    "verify": _verify,
    "rollback": _rollback,
}
COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "ask": ask,
    "repl": repl,
    "index": index_command,
    "sources": sources,
    "show": show,
    "doctor": doctor,
}
