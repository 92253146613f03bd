"""Answers and what stands in the documents, to lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.lines import Line, Styled, counted, laid_out, styled, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bot.answering import Answer, Quote
    from index import Document, Passage, Version

_SHORT = 110  # characters of a hit shown in short
_LONGEST_WORD = 20  # it is cut before a word, but not where words are not parted by spaces


def answer_lines(answer: Answer, *, explain: bool = False) -> list[Line]:
    """Show the best quote in full and the next in short; all in short where none answers."""
    lines = [*_as_of(answer), *_preface(answer)]
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


def _as_of(answer: Answer) -> Iterator[Line]:
    """Say which day's documents answer, where it is not today's."""
    if answer.state.as_of is not None:
        documents = counted(answer.state.documents, "document")
        yield styled(f"As of {answer.state.as_of}: {documents} in force.", "strong")
        yield Line()


def _preface(answer: Answer) -> Iterator[Line]:
    """Say what a person must know before reading a quote; end with an empty line before one."""
    lines: list[Line] = []
    if answer.outcome == "not_found":
        lines.append(styled("The documents do not answer this.", "alarm"))
    elif answer.outcome == "uncertain":
        lines.append(styled("Closest passages; the documents may not say this.", "alarm"))
    if not answer.state.documents:
        lines.append(Line("There are no documents in the index."))
    elif answer.outcome != "answered" and not answer.query.words:
        lines.append(
            Line("The question has only common words or signs. Ask with the words that matter.")
        )
    if answer.query.missing:
        lines.append(Line(visible("No document contains: " + ", ".join(answer.query.missing))))
    elif answer.outcome != "answered" and answer.quotes:
        lacking = ", ".join(answer.lacking_words(answer.quotes[0]))
        if lacking:
            lines.append(Line(visible(f"The closest passage does not contain: {lacking}")))
    if answer.query.expansions:
        also = [f"{', '.join(others)} ({word})" for word, others in answer.query.expansions.items()]
        lines.append(Line(visible("Searched also for: " + "; ".join(also))))
    if answer.quotes and answer.outcome == "not_found":
        lines.append(Line("Closest passages:"))
    elif answer.quotes and lines:
        lines.append(Line())
    yield from lines


def quote_lines(quote: Quote) -> list[Line]:
    """Show a passage in full, with its citation."""
    passage = quote.passage
    start, end = quote.best_sentence
    styles: list[Styled] = [(start, end, "sentence")]
    styles.extend((first, last, "match") for first, last in quote.highlights)
    return [
        *introduction_lines(passage),
        *laid_out(passage.text, 2, styles, is_lined=passage.is_lined),
        styled(citation(quote.passage), "quiet", 2),
        *_superseded(quote.superseded_by, 2),
    ]


def _superseded(by: Sequence[str], indent: int) -> Iterator[Line]:
    if by:
        yield styled(f"Superseded by {', '.join(by)}", "alarm", indent)


def introduction_lines(passage: Passage) -> Iterator[Line]:
    """Show what leads to an item of a list or to a row of a table."""
    for text in passage.introduction:
        yield styled(text, "quiet", 2)


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
    shown_text = visible(quote.passage.text)  # of the same length: places stay
    before = after = ""
    first = next((a for a, b in quote.highlights if start <= a < b <= end), start)
    if first - start > _SHORT - _LONGEST_WORD:  # else it would be cut before any matched word
        latest = min(first, end - _SHORT + _LONGEST_WORD)
        start, before = _word_boundary(shown_text, latest - _LONGEST_WORD, latest), "... "
    if end - start > _SHORT:
        end, after = (
            _word_boundary(shown_text, start + _SHORT - _LONGEST_WORD, start + _SHORT),
            " ...",
        )
    sentence = before + quote.passage.text[start:end].rstrip() + after
    head = f"{quote.rank}. {quote.passage.id}  "
    styles: list[Styled] = [(0, len(head), "quiet")]
    shift = len(head) + len(before) - start
    styles.extend(
        (first + shift, last + shift, "match")
        for first, last in quote.highlights
        if start <= first and last <= end
    )
    (line,) = laid_out(head + sentence, 2, styles)
    return line


def _word_boundary(text: str, earliest: int, latest: int) -> int:
    """Return the last place between two where a word begins, or the latest without one."""
    space = text.rfind(" ", earliest, latest)
    return space + 1 if space >= 0 else latest


def explain_lines(answer: Answer, quotes: Sequence[Quote]) -> Iterator[Line]:
    """Say why each of the passages was found, and how the confidence of the answer came about.

    Of a passage its terms with their rarity, weight and share of the score, and the parts of the
    score; of the confidence every signal with what it adds.
    """
    from index import shares_of

    query = answer.query
    for quote in quotes:
        yield Line()
        yield Line(
            visible(f"Why {quote.passage.id}: score {quote.score:.3f}, confidence of the answer ")
            + f"{answer.confidence:.2f}",
            2,
        )
        for term, part in sorted(quote.contributions.items(), key=lambda item: -item[1]):
            share = part / quote.score if quote.score else 0.0
            told = f"{term}: rarity {query.rarity[term]:.2f}, weight {query.weights[term]:.2f}"
            other = "" if term in query.typed else ", of another wording"
            yield Line(visible(f"{told}{other}, {share:.0%} of the score"), 4)
        absent = [term for term in query.weights if term not in quote.contributions]
        if absent:
            yield Line(visible("not in it: " + ", ".join(absent)), 4)
        parts = (f"{name} {value:.3f}" for name, value in quote.parts.items() if value)
        yield Line("parts of the score: " + ", ".join(parts), 4)
    if answer.signals:
        yield Line()
        yield Line(f"Confidence {answer.confidence:.2f} by these signals (what each adds):", 2)
        for name, share in shares_of(answer.signals).items():
            value = f" {answer.signals[name]:.3f}" if name in answer.signals else ""
            yield Line(f"{name}{value} ({share:+.2f})", 4)
    for word, others in query.expansions.items():
        yield Line(visible(f"{word}: searched also for {', '.join(others)}"), 4)


def passage_lines(passages: Sequence[Passage], named: set[str]) -> Iterator[Line]:
    """Show passages with their numbers, those of the given ids as the ones asked for."""
    heading: tuple[str, ...] = ()
    introduction: tuple[str, ...] = ()
    for place, passage in enumerate(passages):
        if place:
            yield Line()
        if passage.heading != heading:
            heading = passage.heading
            yield styled(" > ".join(heading), "strong")
        if passage.introduction != introduction:
            introduction = passage.introduction
            # Below its own passage it need not be said again.
            before = passages[place - 1].text if place else ""
            if not (introduction and before.endswith(introduction[-1])):
                yield from introduction_lines(passage)
        number = f"{passage.paragraph}" + (f".{passage.part}" if passage.part else "")
        inset = len(number) + 2
        text = f"{number}. {passage.text}"
        styles: list[Styled] = [(0, inset - 1, "quiet")]
        if passage.id in named:
            styles.append((inset, len(text), "sentence"))
        first, *rows = laid_out(text, 2, styles, is_lined=passage.is_lined)
        yield first._replace(hang=inset + first.hang) if rows else first
        yield from (row._replace(indent=row.indent + inset) for row in rows)
        if passage.id in named:
            where = f" · line {passage.line}" if passage.line else ""
            yield styled(citation(passage) + where, "quiet", 2)


def standing_lines(versions: Sequence[Version], superseded_by: Sequence[str]) -> Iterator[Line]:
    """Say what takes the place of a document, and which earlier versions of it are kept."""
    yield from _superseded(superseded_by, 0)
    earlier = [version for version in versions if version.last_seen is not None]
    if earlier:
        first = earlier[0]
        kept = f"{counted(len(earlier), 'earlier version')}, first seen {first.first_seen[:10]}"
        yield styled(f"{kept}; see: policybot diff {first.document.id}", "quiet")


def document_lines(
    document: Document, passages: Sequence[Passage], remarks: Iterable[Line]
) -> Iterator[Line]:
    """Show a whole document."""
    yield styled(document.title, "strong")
    known = [document.publisher, document.date, document.url, f"[{document.id}]", document.path]
    yield styled(" · ".join(part for part in known if part), "quiet")
    yield from remarks
    yield Line()
    yield from passage_lines(passages, set())


def source_lines(
    documents: Sequence[tuple[Document, int]], superseded_by: Mapping[str, Sequence[str]]
) -> Iterator[Line]:
    """List documents, each with the number of its paragraphs and with what supersedes it."""
    for document, paragraphs in documents:
        head = visible(document.id)
        rest = [document.title, document.date, counted(paragraphs, "paragraph"), document.path]
        if by := superseded_by.get(document.id):
            rest.append(f"superseded by {', '.join(by)}")
        text = head + "  " + visible(" · ".join(part for part in rest if part))
        yield Line(text, 0, ((0, len(head), "strong"),))


def shown(
    named: Sequence[Passage],
    around: Sequence[Passage],
    *,
    whole: bool,
    remarks: Iterable[Line] = (),
) -> list[Line]:
    """Show the passages that an id names among those around them, or a whole document.

    The remarks are on the document.
    """
    if whole:
        return list(document_lines(named[0].document, named, remarks))
    return list(passage_lines(around, {passage.id for passage in named}))
