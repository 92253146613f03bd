"""Answers and passages to cards: the quote word for word, its citation in one line, the buttons.

What stands in documents and questions is escaped here, and cut between words where it would not
fit; everything else on a card is ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.discord_app.addresses import bare_url
from bot.discord_app.cards import (
    BODY_UNITS,
    TITLE_UNITS,
    Button,
    Card,
    code,
)
from bot.discord_app.displaying import shown, units
from bot.discord_app.escaping import escaped
from bot.discord_app.fitting import shortened, window
from bot.discord_app.presses import Press, document_key
from index import find

if TYPE_CHECKING:
    from bot.answering import Answer, Quote, Span
    from bot.assistant import LookedUp
    from bot.discord_app.texts import Texts
    from index import Document, Passage

_SHORT = 160  # units of a passage in a list
_LISTED = 3  # of the closest passages where none answers
_WORDS_UNITS = 400  # of a list of words
_NEIGHBOURS = 3  # passages before and after, where paragraphs have several
_NUMBER_UNITS = 20  # of a paragraph's number and its marks
_LONGEST_ID = 320  # units
_LEAST_QUOTE = 200  # units; the citation of a passage never takes the quote's last room
_TERMS = 12  # explained ones
_INTRODUCTIONS = 4  # the innermost ones of a passage
_INTRODUCTION_UNITS = 300  # of each sentence or row of heads that leads to a passage
_INTRODUCTIONS_SHARE = 4  # the part of the room, one in so many, that all of them may take
_IN_A_ROW = 3  # buttons that stand in one row where there are no more


@dataclass(frozen=True, slots=True)
class Presentation:
    """How an answer is shown."""

    rank: int = 1  # of the passage shown, from 1
    asker: int = 0  # Discord id
    is_private: bool = False
    may_share: bool = False  # private, and the channel takes public answers
    source: Document | None = None  # the only one that was searched
    in_full: bool = False  # the passage, where otherwise the closest ones would be listed
    note: str = ""  # what must be known first, such as that the passage changed
    shared_by: str = ""  # the name of who posted it from a private answer
    room: int = BODY_UNITS  # units of the body


def answer_card(
    answer: Answer, how: Presentation, texts: Texts, spelled: Sequence[str] = ()
) -> Card:
    """Return the card of an answer, with the passage of a rank in full.

    `spelled` are words of the documents that look like those no document contains.
    """
    quote = answer.quotes[how.rank - 1] if len(answer.quotes) >= how.rank else None
    lines = [how.note] if how.note else []
    lines += _preface(answer, quote, how, texts, spelled)
    full = quote is not None and (answer.outcome != "not_found" or how.in_full)
    if quote is not None and full:
        lines.append(
            _quoted(quote.passage, quote.best_sentence, texts, how.room - sum(map(units, lines)))
        )
    elif answer.quotes:
        lines.append(texts.say("answer.closest"))
        lines += [_in_short(quote) for quote in answer.quotes[:_LISTED]]
    title, fields = _question_parts(answer, texts)
    base = Press(
        "go",
        subject=quote.passage.id if quote else how.source.id if how.source else "",
        digest=quote.passage.digest if quote else "",
        generation=answer.state.generation,
        rank=how.rank,
        asker=how.asker,
        is_long=bool(fields),
        follows=answer.earlier is not None,
        is_listed=not full,
        is_shared=bool(how.shared_by),
        within=how.source is not None,
    )
    return Card(
        title=title,
        body="\n".join(lines),
        above=shown(answer.earlier or ""),
        fields=fields,
        footer=_footer(answer, how, texts, is_listed=not full),
        tone=answer.outcome,
        rows=_answer_rows(base, answer, how, texts, is_full=full),
    )


def _preface(
    answer: Answer, quote: Quote | None, how: Presentation, texts: Texts, spelled: Sequence[str]
) -> Iterator[str]:
    """Yield the lines that must be known before reading a quote."""
    if answer.outcome == "not_found":
        key = "answer.not_found_within" if how.source else "answer.not_found"
        yield f"**{texts.say(key)}**"
    elif answer.outcome == "uncertain":
        yield f"**{texts.say('answer.uncertain')}**"
    if not answer.state.documents:
        yield texts.say("answer.no_documents")
    elif answer.outcome != "answered" and not answer.query.words:
        yield texts.say("answer.only_common")
    if answer.query.missing:
        yield texts.say("answer.missing", words=_words(answer.query.missing, texts))
    elif answer.outcome == "uncertain" and quote is not None:
        lacking = answer.lacking_words(quote)
        if lacking:
            yield texts.say("answer.lacking", words=_words(lacking, texts))
    for word, others in list(answer.query.expansions.items())[:_LISTED]:
        yield texts.say(
            "answer.searched_also", others=_words(others, texts), word=shortened(word, 80)
        )
    if answer.outcome != "answered":
        if spelled:
            yield texts.say("answer.spelled", words=_words(spelled, texts))
        titles = {quote.passage.document.title for quote in answer.quotes}
        headings = " · ".join(
            shortened(name, 120) for name in answer.suggestions if name not in titles
        )
        if headings:
            yield texts.say("answer.headings", headings=headings)
    if how.source is not None:
        yield texts.say("answer.within", source=shortened(how.source.title, 160))


def _words(words: Sequence[str], texts: Texts) -> str:
    return shortened(texts.say("answer.comma").join(words), _WORDS_UNITS)


def _question_parts(answer: Answer, texts: Texts) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the title, and a field if the question is too long for one; read back on a press."""
    title = escaped(answer.question)
    if units(title) <= TITLE_UNITS:
        return title, ()
    return shortened(answer.question, TITLE_UNITS), ((texts.say("answer.question"), title),)


def fitting_question(question: str, most: int) -> str:
    """Return the beginning of a question that fits, and so can be shown and asked again."""
    start, end = window(question, (0, 0), most)
    return question[start:end].strip()


def _footer(answer: Answer, how: Presentation, texts: Texts, *, is_listed: bool) -> str:
    parts = []
    if answer.quotes and not is_listed:
        parts.append(texts.say("answer.place", rank=how.rank, all=len(answer.quotes)))
    return " · ".join([*parts, *_footer_end(answer.state.generation, how, texts)])


def _footer_end(generation: int, how: Presentation, texts: Texts) -> Iterator[str]:
    """Yield which index answered, and who sees or posted it."""
    yield texts.say("answer.index", generation=generation)
    if how.is_private:
        yield texts.say("answer.private")
    if how.shared_by:
        yield texts.say("answer.shared_by", name=" ".join(shown(how.shared_by).split()))


def _answer_rows(
    base: Press, answer: Answer, how: Presentation, texts: Texts, *, is_full: bool
) -> tuple[tuple[Button, ...], ...]:
    found = len(answer.quotes)
    first: list[Button] = []
    second: list[Button] = []
    if is_full:
        back, onward = replace(base, rank=how.rank - 1), replace(base, rank=how.rank + 1)
        if found > 1:
            first += [
                Button(texts.say("button.previous"), back, "◀️", is_disabled=how.rank == 1),
                Button(texts.say("button.next"), onward, "▶️", is_disabled=how.rank == found),
            ]
        first += [
            Button(texts.say("button.context"), replace(base, action="context"), "📖"),
            Button(texts.say("button.why"), replace(base, action="why"), "🔎"),
        ]
        second += [
            Button(texts.say("button.helpful"), replace(base, action="helpful"), "👍"),
            Button(texts.say("button.not_helpful"), replace(base, action="not_helpful"), "👎"),
        ]
    elif found:
        label = texts.say("button.closest")
        first.append(Button(label, replace(base, rank=1, is_listed=False), "▶️"))
    return _rows(first, second, base, how, texts)


def _rows(
    first: list[Button], second: list[Button], base: Press, how: Presentation, texts: Texts
) -> tuple[tuple[Button, ...], ...]:
    """Return the rows with the buttons that depend on who sees the card."""
    if how.may_share:
        share = Button(texts.say("button.share"), replace(base, action="share"), "📣", "primary")
        second.append(share)
    if not how.is_private:
        second.append(Button(texts.say("button.delete"), replace(base, action="delete"), "🗑️"))
    if len(first) + len(second) <= _IN_A_ROW:
        first, second = first + second, []
    return tuple(tuple(row) for row in (first, second) if row)


def citation_card(passage: Passage, how: Presentation, texts: Texts, generation: int) -> Card:
    """Return the card of a passage that was asked for by its id."""
    base = Press(
        "context",
        subject=passage.id,
        digest=passage.digest,
        generation=generation,
        asker=how.asker,
    )
    context = Button(texts.say("button.context"), base, "📖")
    lines = [how.note] if how.note else []
    lines.append(_quoted(passage, None, texts, how.room - sum(map(units, lines))))
    return Card(
        title=shortened(passage.document.title, TITLE_UNITS),
        body="\n".join(lines),
        footer=" · ".join(_footer_end(generation, how, texts)),
        tone="answered",
        rows=_rows([context], [], base, how, texts),
    )


def context_card(
    found: LookedUp, texts: Texts, *, note: str, generation: int, most: int = BODY_UNITS
) -> Card:
    """Return the paragraphs around a passage; the passage itself has the room it needs."""
    middle = found.named[0]
    named = {passage.id for passage in found.named}
    at = next(n for n, passage in enumerate(found.around) if passage.id == middle.id)
    near = found.around[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS + 1]
    head = [note] if note else []
    titles = [f"**{_heading(passage)}**" for passage in near]
    is_new = [
        bool(passage.heading) and (not place or near[place - 1].heading != passage.heading)
        for place, passage in enumerate(near)
    ]
    citation = citation_line(middle, texts)
    room = most - units(citation) - sum(units(line) + 2 for line in head) - 40
    leads = _leads(near, most)
    room -= sum(units(line) + 2 for lines in leads for line in lines)
    room -= sum(units(title) + 2 for title, new in zip(titles, is_new, strict=True) if new)
    room = max(room, _LEAST_QUOTE)
    needed = [units(escaped(passage.text)) + _units_around(passage) for passage in near]
    # Named passages first; what is left is for the others, each as much as the next.
    share = _shares(needed, [passage.id in named for passage in near], room)
    lines = []
    for passage, units_given, title, new, before in zip(
        near, share, titles, is_new, leads, strict=True
    ):
        if new:
            lines.append(title)
        lines.extend(before)
        text = passage.text if passage.is_lined else passage.text.replace("\n", " ")
        shown_text = shortened(text, units_given - _units_around(passage))
        number = f"{passage.paragraph}" + (f".{passage.part}" if passage.part else "")
        mark = "> " if passage.id in named else ""
        lines.append("\n".join(f"{mark}{row}" for row in f"`{number}` {shown_text}".split("\n")))
    return Card(
        title=texts.say("context.title", id=shortened(middle.id, 200)),
        body="\n\n".join([*head, *lines, citation]),
        rows=_context_rows(found, texts, generation),
    )


def _units_around(passage: Passage) -> int:
    """Return what the number of a passage and the marks of its lines may take."""
    return _NUMBER_UNITS + (2 * passage.text.count("\n") if passage.is_lined else 0)


def _heading(passage: Passage) -> str:
    return " › ".join(shortened(name, 60) for name in passage.heading[-3:])


def _leads(near: Sequence[Passage], most: int) -> list[list[str]]:
    """Return what leads to each of some neighbours, unless it stands before it already."""
    led = [
        bool(passage.introduction)
        and (
            not place
            or not (
                near[place - 1].introduction == passage.introduction
                or near[place - 1].text.endswith(passage.introduction[-1])
            )
        )
        for place, passage in enumerate(near)
    ]
    # Half the room at most is for all of them.
    room = most * _INTRODUCTIONS_SHARE // 2 // max(1, sum(led))
    return [
        _introductions(passage, room) if is_led else []
        for passage, is_led in zip(near, led, strict=True)
    ]


def _shares(needed: Sequence[int], is_first: Sequence[bool], room: int) -> list[int]:
    """Divide the room: those that come first get what they need, up to their even part and half."""
    others = sum(not first for first in is_first)
    firsts = len(needed) - others
    for_others = min(
        sum(n for n, first in zip(needed, is_first, strict=True) if not first), room // 2
    )
    each_first = (room - for_others) // firsts
    left = room - sum(
        min(n, each_first) for n, first in zip(needed, is_first, strict=True) if first
    )
    each_other = left // max(1, others)
    return [
        min(n, each_first if first else each_other)
        for n, first in zip(needed, is_first, strict=True)
    ]


def _context_rows(found: LookedUp, texts: Texts, generation: int) -> tuple[tuple[Button, ...], ...]:
    middle = found.named[0]
    first, last = found.around[0].paragraph, found.around[-1].paragraph
    if first == last:
        return ()
    buttons = []
    for label, emoji, paragraph in (("earlier", "⬆️", first), ("later", "⬇️", last)):
        press = Press(
            "move",
            subject=f"{middle.document.id}#{paragraph}",
            generation=generation,
            rank=paragraph,
        )
        is_end = paragraph == middle.paragraph
        buttons.append(Button(texts.say(f"button.{label}"), press, emoji, is_disabled=is_end))
    return (tuple(buttons),)


def why_card(answer: Answer, quote: Quote, texts: Texts, *, note: str) -> Card:
    """Return why a passage was found: its terms, their rarity, their share among the words."""
    lines = [note] if note else []
    lines.append(
        texts.say("why.score", score=f"{quote.score:.2f}", confidence=f"{answer.confidence:.0%}")
    )
    parts = sorted(quote.contributions.items(), key=lambda item: -item[1])
    whole = sum(quote.contributions.values())
    for term, part in parts[:_TERMS]:
        share = part / whole if whole else 0.0
        rarity = f"{answer.query.rarity[term]:.1f}"
        lines.append(
            "- "
            + texts.say(
                "why.term",
                term=shortened(_as_written(term, quote.passage), 80),
                rarity=rarity,
                share=f"{share:.0%}",
            )
        )
    absent = answer.lacking_words(quote)
    if absent:
        lines.append(texts.say("why.absent", words=_words(absent, texts)))
    for word, others in list(answer.query.expansions.items())[:_LISTED]:
        lines.append(
            texts.say(
                "answer.searched_also", others=_words(others, texts), word=shortened(word, 80)
            )
        )
    lines += ["", texts.say("why.document")]
    return Card(
        title=texts.say("why.title", id=shortened(quote.passage.id, 200)), body="\n".join(lines)
    )


def _as_written(term: str, passage: Passage) -> str:
    """Return the word that a term, which may be a stem, stands for in a passage."""
    found = find(passage.text, [term])
    return passage.text[found[0].start : found[0].end] if found else term


def _quoted(passage: Passage, best: Span | None, texts: Texts, room: int) -> str:
    """Return a passage as a quote, the best sentence bold, with its citation below."""
    citation = citation_line(passage, texts)
    text = passage.text
    introductions = _introductions(passage, room)
    room -= sum(units(line) + 1 for line in introductions)
    room = max(_LEAST_QUOTE, room - units(citation) - 40)
    # Every line is marked as a quote, and bold ends and begins anew with it.
    room = max(_LEAST_QUOTE, room - 6 * text.count("\n"))
    keep = best or (0, 0)
    start, end = window(text, keep, room)
    first, last = max(start, keep[0]), min(end, keep[1])
    pieces = ["…" if start > 0 else ""]
    if best is None or first >= last:
        pieces.append(escaped(text[start:end]))
    else:
        pieces += [
            escaped(text[start:first]),
            _bold(text[first:last]),
            escaped(text[last:end]),
        ]
    pieces.append("…" if end < len(text) else "")
    quoted = [f"> {line}" for line in "".join(pieces).split("\n")]
    return "\n".join([*introductions, *quoted]) + f"\n\n{citation}"


def _introductions(passage: Passage, room: int) -> list[str]:
    """Return what leads to a passage, in small print, a line each, in a part of the room."""
    leads = [" ".join(shown(lead).split("\n")).strip() for lead in passage.introduction]
    leads = [lead for lead in leads if lead][-_INTRODUCTIONS:]
    most = min(_INTRODUCTION_UNITS, room // _INTRODUCTIONS_SHARE // max(1, len(leads)))
    return [f"-# {shortened(lead, most)}" for lead in leads]


def _bold(text: str) -> str:
    """Return a text in bold, line by line: marks that span lines of a quote are not read."""
    lines = []
    for line in escaped(text).split("\n"):
        inner = line.strip()
        before, after = line[: len(line) - len(line.lstrip())], line[len(line.rstrip()) :]
        lines.append(f"{before}**{inner}**{after}" if inner else line)
    return "\n".join(lines)


def _in_short(quote: Quote) -> str:
    """Return one line: the beginning of the best sentence, and the passage's id."""
    start, end = quote.best_sentence
    text = shortened(quote.passage.text[start:end].replace("\n", " "), _SHORT)
    return f"> {text} {code(citable(quote.passage.id))}"


def citable(id_: str) -> str:
    """Return an id as `/cite` takes it: one that is too long for a message by its key."""
    document, hash_sign, place = id_.partition("#")
    return id_ if units(id_) <= _LONGEST_ID else document_key(document) + hash_sign + place


def citation_line(passage: Passage, texts: Texts) -> str:
    """Return the one line that says where a passage stands."""
    document = passage.document
    place = texts.say("citation.paragraph", number=passage.paragraph)
    if passage.part is not None:
        place = texts.say("citation.part", number=passage.paragraph, part=passage.part)
    parts = [
        shortened(document.title, 200),
        document.publisher and shortened(document.publisher, 80),
        document.date,
        _heading(passage),
        place,
        texts.say("citation.page", number=passage.page) if passage.page else None,
        code(f"{citable(passage.id)} {passage.digest}"),
        bare_url(document.url) if document.url else None,
    ]
    return "— " + " · ".join(part for part in parts if part)
