"""Answers and reports to lines of styled text, and to the JSON that scripts rely on.

A line knows nothing of colours or widths; `bot.screen` prints it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bot.answering import Answer, Quote, Span

if TYPE_CHECKING:
    from bot.doctor import Finding
    from index import BuildReport, CheckedGeneration, Document, IndexStatus, Passage, Searcher

Style = Literal["match", "sentence", "quiet", "strong", "alarm"]
_SHORT = 110  # characters of a hit shown in short
# What could move the cursor, recolour the screen or turn the direction of writing.
_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
    r"\U000e0000-\U000e007f]"
)
_LINE_SPACE = re.compile(r"[\t\n\v\f\r\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph of output; it may be wrapped, and is then indented as a whole."""

    text: str = ""
    indent: int = 0
    styles: tuple[tuple[int, int, Style], ...] = ()  # start, end, in code points of the text


def visible(text: str) -> str:
    """Return a text of the same length that a terminal shows and does not obey."""
    return _UNSAFE.sub("\ufffd", _LINE_SPACE.sub(" ", text))


def plain(line: Line) -> str:
    """Return the line for a pipe: unwrapped, so that a sentence can be searched for."""
    return (" " * line.indent + line.text).rstrip()


def styled(text: str, style: Style, indent: int = 0) -> Line:
    """Return a line of one style."""
    shown = visible(text)
    return Line(shown, indent, ((0, len(shown), style),))


def answer_lines(answer: Answer, *, explain: bool = False) -> list[Line]:
    """Show the best quote in full and the next in short; all in short where none answers."""
    lines = list(_preface(answer))
    in_short = answer.quotes
    if answer.quotes and answer.outcome != "not_found":
        lines.extend(quote_lines(answer.quotes[0]))
        in_short = answer.quotes[1:]
        if in_short:
            lines += [Line(), styled("Next:", "quiet")]
    lines.extend(_short(quote) for quote in in_short)
    if explain:
        lines.extend(explain_lines(answer, answer.quotes[:1]))
    return lines


def _preface(answer: Answer) -> Iterator[Line]:
    if answer.outcome == "not_found":
        yield styled("The documents do not answer this.", "alarm")
    elif answer.outcome == "uncertain":
        yield styled("Closest passages; the documents may not say this.", "alarm")
    if answer.outcome != "answered" and not answer.query.words:
        yield Line("The question has only common words or signs. Ask with the words that matter.")
    if answer.query.missing:
        yield Line("No document contains: " + visible(", ".join(answer.query.missing)))
    for word, others in answer.query.expansions.items():
        yield Line(visible(f"Searched also for: {', '.join(others)} ({word})"))
    if answer.outcome == "not_found" and answer.quotes:
        yield Line("Closest passages:")
    elif answer.outcome != "answered" or answer.query.expansions or answer.query.missing:
        yield Line()


def quote_lines(quote: Quote) -> list[Line]:
    """Show a passage in full, with its citation."""
    start, end = quote.best_sentence
    styles: list[tuple[int, int, Style]] = [(start, end, "sentence")]
    styles.extend((first, last, "match") for first, last in quote.highlights)
    return [
        Line(visible(quote.passage.text), 2, tuple(styles)),
        styled(citation(quote.passage), "quiet", 2),
    ]


def citation(passage: Passage) -> str:
    """Return the one line that says where a passage stands."""
    document = passage.document
    place = f"paragraph {passage.paragraph}"
    if passage.part is not None:
        place += f", part {passage.part}"
    parts = [
        document.title,
        document.publisher,
        document.date,
        " > ".join(passage.heading),
        place,
        f"page {passage.page}" if passage.page else None,
        f"[{passage.id} {passage.digest}]",
        document.url,
    ]
    return " · ".join(part for part in parts if part)


def _short(quote: Quote) -> Line:
    """Return one line: the place, and the beginning of its best sentence."""
    start, end = quote.best_sentence
    sentence = visible(quote.passage.text[start:end])
    if len(sentence) > _SHORT:
        sentence = sentence[:_SHORT].rsplit(" ", 1)[0].rstrip() + " ..."
    head = f"{quote.rank}. {quote.passage.id}  "
    styles = [
        (len(head) + first - start, len(head) + last - start, "match")
        for first, last in quote.highlights
        if start <= first and last - start <= len(sentence.removesuffix(" ..."))
    ]
    all_styles: list[tuple[int, int, Style]] = [(0, len(head), "quiet")]
    all_styles.extend((first, last, "match") for first, last, _ in styles)
    return Line(head + sentence, 2, tuple(all_styles))


def explain_lines(answer: Answer, quotes: Sequence[Quote]) -> Iterator[Line]:
    """Say why each of the passages was found: its terms, their rarity, their share of the score."""
    for quote in quotes:
        yield Line()
        yield Line(
            visible(f"Why {quote.passage.id}: score {quote.score:.3f}, confidence of the answer ")
            + f"{answer.confidence:.2f}",
            2,
        )
        for term, part in sorted(quote.contributions.items(), key=lambda item: -item[1]):
            share = part / quote.score if quote.score else 0.0
            rarity = answer.query.rarity[term]
            yield Line(visible(f"{term}: rarity {rarity:.2f}, {share:.0%} of the score"), 4)
        absent = [term for term in answer.query.weights if term not in quote.contributions]
        if absent:
            yield Line(visible("not in it: " + ", ".join(absent)), 4)


def passage_lines(passages: Sequence[Passage], named: set[str]) -> Iterator[Line]:
    """Show passages with their numbers, those of the given ids as the ones asked for."""
    heading: tuple[str, ...] = ()
    for passage in passages:
        if passage.heading != heading:
            heading = passage.heading
            yield styled(" > ".join(heading), "strong")
        number = f"{passage.paragraph}" + (f".{passage.part}" if passage.part else "")
        text = visible(passage.text)
        styles: tuple[tuple[int, int, Style], ...] = ((0, len(number) + 1, "quiet"),)
        if passage.id in named:
            styles = (*styles, (len(number) + 2, len(number) + 2 + len(text), "sentence"))
        yield Line(f"{number}. {text}", 2, styles)
        if passage.id in named:
            where = f" · line {passage.line}" if passage.line else ""
            yield styled(citation(passage) + where, "quiet", 2)


def document_lines(document: Document, passages: Sequence[Passage]) -> Iterator[Line]:
    """Show a whole document."""
    yield styled(document.title, "strong")
    known = [document.publisher, document.date, document.url, f"[{document.id}]", document.path]
    yield styled(" · ".join(part for part in known if part), "quiet")
    yield Line()
    yield from passage_lines(passages, set())


def source_lines(documents: Sequence[tuple[Document, int]]) -> Iterator[Line]:
    """List documents, each with the number of its paragraphs."""
    for document, paragraphs in documents:
        noun = "paragraph" if paragraphs == 1 else "paragraphs"
        head = visible(document.id)
        rest = [document.title, document.date, f"{paragraphs} {noun}", document.path]
        text = head + "  " + visible(" · ".join(part for part in rest if part))
        yield Line(text, 0, ((0, len(head), "strong"),))


def report_lines(report: BuildReport, *, dry_run: bool) -> Iterator[Line]:
    """Say what a rebuild did."""
    for name in ("added", "changed", "removed"):
        for document in getattr(report, name):
            yield Line(visible(f"{name:<8} {document}"))
    for refused in report.refused:
        yield styled(f"refused  {refused.path}: {refused.reason}", "alarm")
    for note in report.notes:
        yield styled(f"note     {note}", "alarm")
    counts = (
        f"{len(report.added)} added, {len(report.changed)} changed, {report.unchanged} unchanged, "
        f"{len(report.removed)} removed, {len(report.refused)} refused"
    )
    size = f"{report.documents} documents, {report.passages} passages"
    if dry_run:
        end = "Dry run: nothing was changed."
    elif report.published:
        end = f"Generation {report.generation} is live."
    else:
        end = f"Nothing changed; generation {report.generation} stays live."
    yield Line(f"{counts}; {size}; {report.seconds:.2f} s. {end}")


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return the object that `ask --json` prints."""
    return {
        "question": answer.question,
        "outcome": answer.outcome,
        "confidence": round(answer.confidence, 4),
        "missing_terms": list(answer.query.missing),
        "expansions": {word: list(others) for word, others in answer.query.expansions.items()},
        "suggestions": list(answer.suggestions),
        "passages": [_quote_json(quote) for quote in answer.quotes],
        "index": {
            "generation": answer.state.generation,
            "documents": answer.state.documents,
            "passages": answer.state.passages,
            "built_at": answer.state.built_at,
        },
        "elapsed_ms": round(answer.elapsed_ms, 3),
    }


def _quote_json(quote: Quote) -> dict[str, Any]:
    passage = quote.passage

    def listed(spans: Sequence[Span]) -> list[list[int]]:
        return [list(span) for span in spans]

    return {
        "rank": quote.rank,
        "score": quote.score,
        "id": passage.id,
        "digest": passage.digest,
        "text": passage.text,
        "highlights": listed(quote.highlights),
        "best_sentence": list(quote.best_sentence),
        "matched_terms": list(quote.matched_terms),
        "citation": {
            "document": passage.document.id,
            "title": passage.document.title,
            "publisher": passage.document.publisher,
            "date": passage.document.date,
            "heading": list(passage.heading),
            "paragraph": passage.paragraph,
            "page": passage.page,
            "path": passage.document.path,
            "url": passage.document.url,
        },
    }


def sources_json(documents: Sequence[tuple[Document, int]]) -> list[dict[str, Any]]:
    """Return the list that `sources --json` prints."""
    return [
        {
            "id": document.id,
            "title": document.title,
            "date": document.date,
            "paragraphs": paragraphs,
            "path": document.path,
            "url": document.url,
        }
        for document, paragraphs in documents
    ]


def report_json(report: BuildReport) -> dict[str, Any]:
    """Return the object that `index build --json` prints."""
    return {
        "generation": report.generation,
        "added": list(report.added),
        "changed": list(report.changed),
        "unchanged": report.unchanged,
        "removed": list(report.removed),
        "refused": [asdict(refused) for refused in report.refused],
        "documents": report.documents,
        "passages": report.passages,
        "seconds": round(report.seconds, 3),
    }


def shown(searcher: Searcher, id_: str, context: int) -> list[Line] | None:
    """Return what `show` prints for an id, or None if it names nothing."""
    named = searcher.passages_of(id_)
    if not named:
        return None
    if "#" not in id_:
        return list(document_lines(named[0].document, named))
    passages = searcher.passages_of(id_, context) if context > 0 else named
    return list(passage_lines(passages, {passage.id for passage in named}))


def status_lines(status: IndexStatus, folder: Path, documents: Path, change: str) -> Iterator[Line]:
    """Say what is live."""
    state = status.state
    yield styled(f"Generation {state.generation} of {state.built_at}", "strong")
    yield Line(f"{state.documents} documents, {state.passages} passages, {state.terms} terms")
    yield Line(visible(f"index      {folder} ({status.bytes / 1e3:,.0f} kB)"))
    yield Line(f"kept       {', '.join(map(str, status.kept))}")
    yield Line(visible(f"documents  {documents}: {change}"))
    for name, reason in status.damaged:
        yield styled(
            f"damaged    {name}: {reason}; to mend it, run: policybot index build", "alarm"
        )


def checked_lines(checked: Sequence[CheckedGeneration]) -> Iterator[Line]:
    """Say what the check of every generation found."""
    for generation in checked:
        name = f"generation {generation.number}{' (live)' if generation.is_live else ''}"
        if not generation.problems:
            yield Line(f"{name}: sound")
        for problem in generation.problems:
            yield styled(f"{name}: {problem}", "alarm")
    if any(generation.problems for generation in checked):
        yield Line(
            "Damaged generations are not used. To mend the index, run: policybot index build --full"
        )


def finding_lines(findings: Sequence[Finding]) -> Iterator[Line]:
    """List what the doctor found."""
    for finding in findings:
        text = f"{finding.verdict:<5}{finding.what}"
        fix = f"  ->  {finding.fix}" if finding.fix else ""
        style: Style = "alarm" if finding.verdict == "fail" else "strong"
        yield Line(visible(text + fix), 0, ((0, len(finding.verdict), style),))
