"""Answers and what stands in the documents, to lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.lines import Line, Style, styled, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.answering import Answer, Quote
    from index import Document, Passage, Searcher

_SHORT = 110  # characters of a hit shown in short


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


def shown(searcher: Searcher, id_: str, context: int) -> list[Line] | None:
    """Return what `show` prints for an id, or None if it names nothing."""
    named = searcher.passages_of(id_)
    if not named:
        return None
    if "#" not in id_:
        return list(document_lines(named[0].document, named))
    passages = searcher.passages_of(id_, context) if context > 0 else named
    return list(passage_lines(passages, {passage.id for passage in named}))
