"""One function a command: options in, exit code out.

What only one command needs is imported there: nobody shall wait for it who asks a question.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import index
from bot import settings
from bot.answering import checked_question, checked_quote
from bot.arguments import with_flags
from bot.assistant import Assistant
from bot.errors import FlagsRefused
from bot.exit_codes import ERROR, FOUND, NOTHING_FOUND
from bot.lines import Line, counted, visible
from bot.screen import Screen, progress

if TYPE_CHECKING:
    import argparse

    from bot.reports import Advise

_LONGEST_INPUT = 1 << 20  # characters of a question from standard input that are looked at


def _settings(options: argparse.Namespace) -> settings.Settings:
    try:
        here = Path.cwd()
    except FileNotFoundError as exc:
        raise FlagsRefused("The current folder no longer exists. Change to another.") from exc
    return settings.load(
        here, config=options.config, documents=options.documents, index=options.index
    )


def _assistant(
    options: argparse.Namespace, screen: Screen, tell: Callable[[str], None] | None = None
) -> Assistant:
    show_progress = partial(progress, sys.stderr, color=screen.has_color)

    def notify(message: str) -> None:
        (tell or screen.tell)(with_flags(message, options))

    return Assistant(_settings(options), notify, show_progress)


def _advise(options: argparse.Namespace) -> Advise:
    return partial(with_flags, options=options)


def _searcher(options: argparse.Namespace, screen: Screen, assistant: Assistant) -> index.Searcher:
    """Open the index; tell when it was not built from the documents that a flag names."""
    searcher = assistant.searcher
    if options.documents is not None:
        asked = os.path.realpath(options.documents)
        if asked not in map(os.path.realpath, searcher.state.places):
            built_from = ", ".join(searcher.state.places)
            message = (
                f"The index was built from {built_from}, not from {options.documents}. "
                "To change that, run: policybot index build"
            )
            screen.tell(with_flags(message, options))
    return searcher


def ask(options: argparse.Namespace) -> int:
    """Answer one question."""
    screen = Screen(color=not options.no_color)
    question = " ".join(options.question)
    if question == "-":
        question = _standard_input().read(_LONGEST_INPUT)
    if options.since and options.until and options.since > options.until:
        raise FlagsRefused(f"--since {options.since} is after --until {options.until}.")
    assistant = _assistant(options, screen)
    checked_question(question)  # before an index is built for nothing
    searcher = _searcher(options, screen, assistant)
    if options.as_of:
        opened = assistant.as_of(options.as_of)
        searcher = opened.searcher
        if not searcher.state.documents and not options.json:
            known = f" The earliest day known is {opened.earliest}." if opened.earliest else ""
            screen.show([Line(f"As of {options.as_of}: no document was in force.{known}")])
            return NOTHING_FOUND
    if options.source:
        _check_sources(options.source, searcher)
    only = index.Filter(options.source, options.since, options.until)
    answer = assistant.ask(question, limit=options.limit, only=only, searcher=searcher)
    if options.since or options.until:
        _tell_of_undated(searcher, screen)
    if options.json:
        from bot import json_values

        screen.show_json(json_values.answer_json(answer))
    else:
        from bot import rendering

        screen.show(rendering.answer_lines(answer, explain=options.explain), page=True)
    return NOTHING_FOUND if answer.outcome == "not_found" else FOUND


def _standard_input() -> TextIO:
    sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]  # a text stream
    return sys.stdin


def _tell_of_undated(searcher: index.Searcher, screen: Screen) -> None:
    undated = sum(document.date is None for document, _ in searcher.documents())
    if undated:
        screen.tell(f"Without a date and therefore left out: {counted(undated, 'document')}.")


def _check_sources(asked: list[str], searcher: index.Searcher) -> None:
    known = [document.id for document, _ in searcher.documents()]
    then = f" in force on {searcher.state.as_of}" if searcher.state.as_of else ""
    for source in asked:
        if source not in known:
            raise FlagsRefused(
                f"No document{then} is called {source}.{_nearest(source, known)} "
                "All of them: policybot sources"
            )


def _nearest(name: str, known: list[str]) -> str:
    import difflib  # where something is misspelled

    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    return f" The nearest: {', '.join(near)}." if near else ""


def quote(options: argparse.Namespace) -> int:
    """Say whether a text stands in the documents."""
    from bot import json_values
    from bot.quote_rendering import quote_check_lines

    screen = Screen(color=not options.no_color)
    text = " ".join(options.text)
    if text == "-":
        text = _standard_input().read(_LONGEST_INPUT)
    assistant = _assistant(options, screen)
    checked_quote(text)  # before an index is built for nothing
    _searcher(options, screen, assistant)
    check = assistant.check_quote(text)
    if options.json:
        screen.show_json(json_values.quote_check_json(check))
    else:
        screen.show(quote_check_lines(check), page=True)
    return NOTHING_FOUND if check.outcome in ("different", "not_found") else FOUND


def repl(options: argparse.Namespace) -> int:
    """Answer questions at a prompt, or from standard input."""
    from bot.terminal import run

    screen = Screen(color=not options.no_color)
    assistant = _assistant(options, screen)
    _searcher(options, screen, assistant)  # a missing index is built before the prompt
    if sys.stdin.isatty() and screen.is_terminal:
        from bot.prompt import Prompt

        prompt = Prompt(_settings(options).state / "history", assistant, screen.tell)
        screen.show([Line("Ask the documents. :help lists the commands, Ctrl-D leaves.")])
        return run(prompt.read, screen.show, assistant, goes_on_after_ctrl_c=True)
    lines = _standard_input()

    def read() -> str:
        line = lines.readline(_LONGEST_INPUT)
        if not line:
            raise EOFError
        return line

    return run(read, screen.show, assistant, goes_on_after_ctrl_c=False)


def index_command(options: argparse.Namespace) -> int:
    """Build, check or roll back the index."""
    return _INDEX_ACTIONS[options.action](options)


def _build(options: argparse.Namespace) -> int:
    from bot import json_values, reports

    screen = Screen(color=not options.no_color)
    assistant = _assistant(options, screen)

    def build(is_first: bool = True) -> index.BuildReport:
        return assistant.rebuild(
            options.paths,
            full=options.full and is_first,
            force=options.force,
            dry_run=options.dry_run,
        )

    def show(report: index.BuildReport) -> None:
        if options.json:
            screen.show_json(json_values.report_json(report))
        else:
            screen.show(reports.report_lines(report, dry_run=options.dry_run))

    if options.watch:
        from bot.watching import watch

        if options.dry_run:
            raise FlagsRefused("--watch builds and --dry-run does not. Leave one of them out.")
        chosen = _settings(options)
        places = [*(options.paths or [chosen.documents]), *filter(None, [chosen.glossary])]
        watch(places, chosen.index, build, show, lambda said: screen.tell(_advise(options)(said)))
    else:
        show(build())
    return FOUND


def _status(options: argparse.Namespace) -> int:
    from bot import reports

    screen = Screen(color=not options.no_color)
    chosen = _settings(options)
    status = index.status(chosen.index)
    try:
        report = _assistant(options, screen).rebuild(dry_run=True, force=True)
    except index.PolicyIndexError as exc:
        change = f"cannot be compared: {exc}"
    else:
        changed = [str(report.differing)] if report.differing else []
        changed += ["the glossary"] if report.has_other_glossary else []
        change = "indexed"
        if changed:
            change = f"{' and '.join(changed)} changed since; run: policybot index build"
        if report.refused:
            left_out = counted(len(report.refused), "file")
            change += f"; {left_out} left out, see: policybot index build --dry-run"
    advise = _advise(options)
    lines = reports.status_lines(status, chosen.index, chosen.documents, advise(change), advise)
    screen.show(lines)
    return ERROR if status.damaged else FOUND


def _verify(options: argparse.Namespace) -> int:
    from bot import reports

    screen = Screen(color=not options.no_color)
    checked = index.check(_settings(options).index)
    screen.show(reports.checked_lines(checked, _advise(options)))
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
    from bot import json_values, rendering

    screen = Screen(color=not options.no_color)
    searcher = _searcher(options, screen, _assistant(options, screen))
    documents = searcher.documents()
    if options.json:
        screen.show_json(json_values.sources_json(documents, searcher.superseded_by))
    else:
        screen.show(rendering.source_lines(documents, searcher.superseded_by), page=True)
    return FOUND if documents else NOTHING_FOUND


def show(options: argparse.Namespace) -> int:
    """Print a document or a passage."""
    from bot import rendering

    screen = Screen(color=not options.no_color)
    assistant = _assistant(options, screen)
    searcher = _searcher(options, screen, assistant)
    found = assistant.look_up(options.id, options.context)
    if found is None:
        known = [document.id for document, _ in searcher.documents()]
        near = _nearest(options.id.partition("#")[0], known)
        kept = searcher.versions_of(options.id.partition("#")[0])
        if kept and kept[-1].last_seen:
            gone = f"{kept[-1].document.id} is gone since {kept[-1].last_seen[:10]}; what it said"
            screen.tell(f"policybot: {gone} is still found with: policybot ask --as-of DATE")
            return NOTHING_FOUND
        screen.tell(f"policybot: Nothing is called {options.id}.{near}")
        return NOTHING_FOUND
    remarks = rendering.standing_lines(found.versions, found.superseded_by)
    lines = rendering.shown(found.named, found.around, whole=found.is_document, remarks=remarks)
    screen.show(lines, page=True)
    return FOUND


def diff(options: argparse.Namespace) -> int:
    """Show what a version of a document changed."""
    from bot import differences, json_values

    screen = Screen(color=not options.no_color)
    from_day, to_day = vars(options)["from"], options.to
    if from_day and to_day and from_day > to_day:
        raise FlagsRefused(f"--from {from_day} is after --to {to_day}.")
    searcher = _searcher(options, screen, _assistant(options, screen))
    versions = searcher.versions_of(options.id)
    if not versions:
        known = [document.id for document, _ in searcher.documents()]
        raise FlagsRefused(
            f"No document is called {options.id}.{_nearest(options.id, known)} "
            "All of them: policybot sources"
        )
    dated = differences.dated(versions)
    chosen = index.between(versions, from_day, to_day)
    old, new = (dated[one.number] if one else None for one in chosen)
    difference = None
    if old and new:
        texts = (searcher.text_of(one.version) for one in (old, new))
        difference = index.differences(*texts)
    if options.json:
        screen.show_json(json_values.difference_json(options.id, old, new, difference))
    elif old and new and difference:
        marked = not (screen.is_terminal and screen.has_color)
        screen.show(differences.difference_lines(old, new, difference, marked=marked), page=True)
    else:
        screen.show(differences.nothing_lines(list(dated.values()), old, new, from_day, to_day))
    return FOUND if difference else NOTHING_FOUND


def eval_command(options: argparse.Namespace) -> int:
    """Measure how well the questions of test collections are answered."""
    from bot import json_values
    from bot.evaluating import EvaluationReport, evaluation_lines, worst

    screen = Screen(color=not options.no_color)
    chosen = _settings(options)
    if options.save and (options.save.is_dir() or not options.save.parent.is_dir()):
        raise FlagsRefused(f"No file can be written at {options.save}. Choose another with --save.")
    collections = index.read_collections(options.folders)
    earlier = index.read_run(options.compare, collections) if options.compare else None
    reported = []
    for collection in collections:
        if sys.stderr.isatty():
            number = counted(len(collection.questions), "question")
            screen.tell(f"Asking {number} of {collection.name} ...")
        evaluation = index.evaluate(
            collection,
            chosen.model,
            lambda: _searcher(options, screen, _assistant(options, screen)),
            glossary=chosen.glossary,
            plain=options.plain,
        )
        comparison = None
        if earlier is not None:
            comparison = index.compare_runs(evaluation, earlier[collection.name])
        failures = worst(evaluation, options.failures)
        reported.append(EvaluationReport(evaluation, comparison, failures))
        if options.json:
            screen.show_json(json_values.evaluation_json(reported[-1]))
    if options.save:
        index.write_run(options.save, (report.evaluation for report in reported))
    if not options.json:
        screen.show(evaluation_lines(reported), page=True)
    return FOUND


def doctor(options: argparse.Namespace) -> int:
    """Check the installation and name the fixes."""
    from bot import reports
    from bot.doctor import examine

    screen = Screen(color=not options.no_color)
    findings = examine(lambda: _settings(options))
    screen.show(reports.finding_lines(findings, _advise(options)))
    return ERROR if any(finding.verdict == "fail" for finding in findings) else FOUND


def discord(options: argparse.Namespace) -> int:
    """Answer on Discord, or say what stands in the way."""
    import logging

    from bot import reports
    from bot.token import take_token

    screen = Screen(color=not options.no_color)
    chosen = _settings(options)
    if options.check:
        from bot.doctor import examine, examine_discord

        findings = [*examine(lambda: chosen), *examine_discord(chosen, os.environ)]
        screen.show(reports.finding_lines(findings, _advise(options)))
        return ERROR if any(finding.verdict == "fail" for finding in findings) else FOUND
    token = take_token(os.environ, chosen.discord.token_file)
    if options.invite:
        from bot.invitation import invitation_lines

        screen.show(invitation_lines(token.application_id))
        return FOUND
    from bot.log import log_to

    log_to(sys.stderr, token.secret, verbose=options.verbose)

    def log(message: str) -> None:
        logging.getLogger("policybot").warning("%s", visible(message))

    assistant = _assistant(options, screen, log)
    _searcher(options, screen, assistant)  # a missing index is built before anybody can ask
    from bot.discord_app.running import run_bot

    run_bot(chosen, assistant, token)
    return FOUND


_INDEX_ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "build": _build,
    "status": _status,
    "verify": _verify,
    "rollback": _rollback,
}
COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "ask": ask,
    "quote": quote,
    "repl": repl,
    "index": index_command,
    "sources": sources,
    "show": show,
    "diff": diff,
    "eval": eval_command,
    "discord": discord,
    "doctor": doctor,
}
