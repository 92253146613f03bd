"""What was found out about the index and the installation, to lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.lines import Line, Style, counted, styled, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bot.doctor import Finding
    from index import BuildReport, CheckedGeneration, IndexStatus

Advise = Callable[[str], str]  # completes a command that is advised with the flags in use
_LISTED = 200  # documents of one kind; a first build may have thousands


def report_lines(report: BuildReport, *, dry_run: bool) -> Iterator[Line]:
    """Say what a rebuild did."""
    for name in ("added", "changed", "removed"):
        documents = getattr(report, name)
        for document in documents[:_LISTED]:
            yield Line(visible(f"{name:<8} {document}"))
        if len(documents) > _LISTED:
            yield Line(f"{name:<8} ... and {len(documents) - _LISTED:,} more")
    if report.has_other_glossary:
        yield Line("changed  the glossary")
    for refused in report.refused:
        yield _told("refused", f"{refused.path}: {refused.reason}", "alarm")
    for note in report.notes:
        yield _told("note", note, "strong")
    counts = (
        f"{len(report.added)} added, {len(report.changed)} changed, {report.unchanged} unchanged, "
        f"{len(report.removed)} removed, {len(report.refused)} refused"
    )
    size = f"{counted(report.documents, 'document')}, {counted(report.passages, 'passage')}"
    if dry_run:
        end = "Dry run: nothing was changed."
    elif report.published:
        end = f"Generation {report.generation} is live."
    else:
        end = f"Nothing changed; generation {report.generation} stays live."
    yield Line(f"{counts}; {size}; {report.seconds:.2f} s. {end}")


def _told(kind: str, what: str, style: Style) -> Line:
    """Return a line that hangs below its kind, so that each document is seen among many."""
    return Line(visible(f"{kind:<8} {what}"), 0, ((0, len(kind), style),), hang=9)


def status_lines(
    status: IndexStatus, folder: Path, documents: Path, change: str, advise: Advise
) -> Iterator[Line]:
    """Say what is live."""
    state = status.state
    yield styled(f"Generation {state.generation} of {state.built_at}", "strong")
    nouns = ((state.documents, "document"), (state.passages, "passage"), (state.terms, "term"))
    yield Line(", ".join(counted(number, noun) for number, noun in nouns))
    if status.earlier:
        yield Line(f"earlier    {counted(status.earlier, 'version')} of documents kept")
    yield Line(visible(f"index      {folder} ({status.bytes / 1e3:,.0f} kB)"))
    yield Line(f"on disk    generations {', '.join(map(str, status.kept))}")
    yield Line(visible(f"documents  {documents}: {change}"))
    for name, reason in status.damaged:
        mend = advise("to mend it, run: policybot index build")
        yield styled(f"damaged    {name}: {reason}; {mend}", "alarm")


def checked_lines(checked: Sequence[CheckedGeneration], advise: Advise) -> Iterator[Line]:
    """Say what the check of every generation found."""
    for generation in checked:
        name = f"generation {generation.number}{' (live)' if generation.is_live else ''}"
        if not generation.problems:
            yield Line(f"{name}: sound")
        for problem in generation.problems:
            yield styled(f"{name}: {problem}", "alarm")
    if any(generation.problems for generation in checked):
        mend = advise("To mend the index, run: policybot index build --full")
        yield Line(visible(f"Damaged generations are not used. {mend}"))


def finding_lines(findings: Sequence[Finding], advise: Advise) -> Iterator[Line]:
    """List what the doctor found."""
    for finding in findings:
        text = f"{finding.verdict:<5}{finding.what}"
        fix = f"  ->  {advise(finding.fix)}" if finding.fix else ""
        style: Style = "alarm" if finding.verdict == "fail" else "strong"
        yield Line(visible(text + fix), 0, ((0, len(finding.verdict), style),))
