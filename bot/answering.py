"""Hits to an answer: quotes that stand in the documents word for word, and an honest outcome.

How sure an answer is, and so its outcome, is decided by index.confidence; here the best sentence is
chosen, and what else a person should know is put together.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from bot.errors import QuestionRefused
from index import (
    CJK_STOP_CHARACTERS,
    Found,
    Hit,
    IndexState,
    Outcome,
    Passage,
    Query,
    confidence_of,
    find,
    held,
    outcome_of,
    satisfies,
    sentence_spans,
)

LONGEST_QUESTION = 10_000  # characters; Discord allows 6,000 in a command
LONGEST_QUOTE = 100_000  # characters of a text that is looked for; about 15,000 words
_SUGGESTIONS = 3
_KIND_SHARE = 0.5  # of a sentence's weight, that holding the kind of answer asked for adds
_APART = dict.fromkeys(map(ord, CJK_STOP_CHARACTERS), " ")  # function characters part words
_NOT_TEXT = r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]"

Span = tuple[int, int]  # code points


class Quote(NamedTuple):
    """A passage, word for word, and what of it matters for the question."""

    rank: int  # from 1
    passage: Passage
    score: float
    highlights: tuple[Span, ...]  # the matched words in the passage's text
    best_sentence: Span
    contributions: dict[str, float]  # matched term -> what BM25 gives for it
    parts: dict[str, float]  # what else was found for it -> its part of the score
    superseded_by: tuple[str, ...] = ()  # documents that take the place of the passage's

    @property
    def matched_terms(self) -> tuple[str, ...]:
        """The question's terms that the passage has, its title and headings included."""
        return tuple(self.contributions)


class Answer(NamedTuple):
    """What is said to a question."""

    question: str
    outcome: Outcome
    confidence: float  # 0..1
    signals: dict[str, float]  # what the confidence was made of
    query: Query
    suggestions: tuple[str, ...]  # headings or titles to look at instead
    quotes: tuple[Quote, ...]  # best first
    state: IndexState
    elapsed_ms: float
    earlier: str | None = None  # the question that this one follows

    def lacking_words(self, quote: Quote) -> tuple[str, ...]:
        """Return the question's words, as typed, that a passage does not have in full."""
        has = quote.contributions
        return tuple(
            word.text
            for word in self.query.words
            if not word.is_carried
            and not any(all(term in has for term, _ in group) for group in word.groups)
            and not any(all(term in has for term in terms) for terms in word.others)
        )


def words_apart(query: Query) -> tuple[str, ...]:
    """Return the words of a question as typed, in alphabetical order, each once.

    A run of Chinese is nearly the sentence itself, so it is cut where function characters stand.
    """
    pieces: set[str] = set()
    for word in query.words:
        if not word.is_carried:
            pieces.update(word.text.translate(_APART).lower().split())
    return tuple(sorted(pieces))


def checked_question(text: str) -> str:
    """Return the question without what is not text. Raises QuestionRefused."""
    if not text.isprintable():  # else it has no such characters, and nothing need be compiled
        text = re.sub(_NOT_TEXT, " ", text)
    question = " ".join(text.split())
    if not question:
        raise QuestionRefused('The question is empty. Ask in words, such as: policybot ask "..."')
    if len(question) > LONGEST_QUESTION:
        raise QuestionRefused(
            f"The question has {len(question):,} characters; at most {LONGEST_QUESTION:,} can be "
            "asked. Ask its main sentence alone."
        )
    return question


def checked_quote(text: str) -> str:
    """Return a text that is looked for as it is. Raises QuestionRefused."""
    text = text.strip()
    if not text:
        raise QuestionRefused('There is no text to look for. Try: policybot quote "..."')
    if len(text) > LONGEST_QUOTE:
        raise QuestionRefused(
            f"The text has {len(text):,} characters; at most {LONGEST_QUOTE:,} can be looked for. "
            "Give it in parts."
        )
    return text


def compose(
    question: str,
    query: Query,
    found: Found,
    state: IndexState,
    elapsed_ms: float,
    earlier: str | None = None,
    superseded_by: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> Answer:
    """Make the answer of what was found.

    `superseded_by` names the superseded documents, with those that supersede them.
    """
    confidence = confidence_of(found.signals)
    outcome = outcome_of(confidence)
    return Answer(
        question=question,
        outcome=outcome,
        confidence=confidence,
        signals=found.signals,
        query=query,
        suggestions=() if outcome == "answered" else _suggestions(found.hits),
        quotes=tuple(
            _quote(rank, hit, query, superseded_by.get(hit.passage.document.id, ()))
            for rank, hit in enumerate(found.hits, start=1)
        ),
        state=state,
        elapsed_ms=elapsed_ms,
        earlier=earlier,
    )


def _suggestions(hits: Sequence[Hit]) -> tuple[str, ...]:
    """Return the nearest headings; without headings, titles."""
    names = (hit.passage.heading[-1:] or (hit.passage.document.title,) for hit in hits)
    return tuple(dict.fromkeys(name for (name,) in names))[:_SUGGESTIONS]


def _quote(rank: int, hit: Hit, query: Query, superseded_by: tuple[str, ...]) -> Quote:
    text = hit.passage.text
    matched = find(text, hit.contributions)
    return Quote(
        rank=rank,
        passage=hit.passage,
        score=hit.score,
        highlights=_merged([(token.start, token.end) for token in matched]),
        best_sentence=_best_sentence(hit.passage, matched, query),
        contributions=hit.contributions,
        parts=hit.parts,
        superseded_by=superseded_by,
    )


def _merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return spans in order, those that overlap or touch as one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)


def _clauses_joined(text: str) -> list[Span]:
    """Return the sentences of a text; what a full-width semicolon divides is one.

    A clause of a list such as "1 to 10 years: 5 days; 10 to 20 years: 10 days" says too little.
    """
    joined: list[Span] = []
    for start, end in sentence_spans(text):
        if joined and text[: joined[-1][1]].rstrip().endswith("；"):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _sentences(passage: Passage) -> Iterator[Span]:
    """Yield the sentences of a passage; of items and rows none goes on in the next."""
    at = 0
    for text in passage.text.split("\n") if passage.is_lined else [passage.text]:
        yield from ((at + start, at + end) for start, end in _clauses_joined(text))
        at += len(text) + 1


def _best_sentence(passage: Passage, matched: Sequence[tuple[int, int, str]], query: Query) -> Span:
    """Return the sentence whose different matched terms are rarest together; the first of them.

    One that holds the kind of answer that is asked for counts for more.
    """
    best: Span = (0, len(passage.text))
    most = -1.0
    has_form = satisfies(query.asked, 0) is not None  # or no sentence could be preferred
    for start, end in _sentences(passage):
        terms = {term for at, _, term in matched if start <= at < end}
        weight = sum(query.rarity[term] * query.weights[term] for term in sorted(terms))
        if has_form:
            fits = satisfies(query.asked, held(passage.text[start:end])) or 0.0
            weight *= 1 + _KIND_SHARE * fits
        if weight > most:
            best, most = (start, end), weight
    return best
