"""Ask the questions of a collection, and measure what is found.

Measures need the first hundred passages, people look at ten: each question is timed for ten, and
then searched once more for a hundred.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.bm25 import Bm25
from index.confidence import Outcome, confidence_of, outcome_of
from index.evaluation.collection import ABSENCES, Absence, Collection, Question, Unanswerable
from index.evaluation.in_memory import searcher_over
from index.evaluation.lines import CollectionRefused
from index.evaluation.measures import DEPTH, means, measured
from index.evaluation.plain import PlainRanker
from index.evaluation.refusing import Refusal, Reliability, refusal, reliability
from index.records import Found, Passage, Query
from index.searcher import Searcher

LIMIT = 10  # passages of a question that is timed
_SHOWN = 3  # passages found, of which the texts are kept
_WARMING = 20  # questions asked beforehand, so that what is loaded once is loaded


@dataclass(frozen=True, slots=True)
class Sureness:
    """How sure the answer to a question was."""

    confidence: float  # 0..1
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage that was found."""

    id: str
    score: float
    text: str


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question with judgements, and what was found for it."""

    question: Question
    ranked: tuple[str, ...]  # at most 100 ids, best first
    first: tuple[FoundPassage, ...]  # the best of them
    measures: dict[str, float]
    sureness: Sureness


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came of a collection."""

    collection: str
    passages: int
    asked: tuple[AskedQuestion, ...]
    measures: dict[str, float]  # means
    plain: dict[str, float] | None  # means of plain BM25, if that was asked for
    refusal: dict[Absence, Refusal]  # of the kinds of unanswerable questions that there are
    outcomes: dict[str, dict[Outcome, int]]  # "answerable" or a kind -> how many of each
    reliability: Reliability  # over all questions that are answerable or unanswerable
    ms_p50: float  # milliseconds of a question
    ms_p99: float
    relevant_texts: dict[str, str]  # passage -> its text, of those that were judged relevant


@dataclass(frozen=True, slots=True)
class _Opened:
    """What the questions of a collection are put to."""

    searcher: Searcher
    passages: Sequence[Passage]
    ids: Mapping[str, str]  # passage id -> the id in judgements


def evaluate(
    collection: Collection,
    model: Bm25,
    live: Callable[[], Searcher],
    *,
    glossary: Path | None = None,
    plain: bool = False,
) -> Evaluation:
    """Ask all questions of a collection.

    `live` opens the live index for a collection without passages of its own; the others are
    ranked with `model` and widened by `glossary`, as that one is. With `plain` they are ranked by
    BM25 alone as well. Raises CollectionRefused, GlossaryRefused, and what `live` raises.
    """
    opened = _opened(collection, model, live, glossary)
    for question in collection.questions[:_WARMING]:
        _find(opened.searcher, question.text)
    asked, durations = [], []
    for question in collection.questions:
        started = time.perf_counter()
        query, found = _find(opened.searcher, question.text)
        durations.append((time.perf_counter() - started) * 1000)
        asked.append(_asked(question, query, found, opened))
    unanswerable = [(one, _sureness(opened.searcher, one)) for one in collection.unanswerable]
    relevant = {id_ for one in asked for id_, n in one.question.relevance.items() if n > 0}
    return Evaluation(
        collection=collection.name,
        passages=opened.searcher.state.passages,
        asked=tuple(asked),
        measures=means([one.measures for one in asked]),
        plain=_plain(collection.questions, opened, model) if plain else None,
        refusal=_refusals(asked, unanswerable),
        outcomes=_outcomes(asked, unanswerable),
        reliability=_reliability(asked, unanswerable),
        ms_p50=_percentile(durations, 50),
        ms_p99=_percentile(durations, 99),
        relevant_texts={
            id_: passage.text
            for passage in opened.passages
            if (id_ := opened.ids[passage.id]) in relevant
        },
    )


def _opened(
    collection: Collection, model: Bm25, live: Callable[[], Searcher], glossary: Path | None
) -> _Opened:
    corpus = collection.corpus
    if corpus is not None:
        searcher = searcher_over(corpus.passages, model, glossary)
        return _Opened(searcher, corpus.passages, corpus.ids)
    searcher = live()
    documents = [document for document, _ in searcher.documents()]
    passages = [passage for one in documents for passage in searcher.passages_of(one.id)]
    ids = {passage.id: passage.id for passage in passages}
    for question in collection.questions:
        if unknown := [id_ for id_ in question.relevance if id_ not in ids]:
            raise CollectionRefused(
                f"{collection.qrels} names the passage {unknown[0]}, which the index does not "
                "hold. Build it from the documents that the questions are about: "
                "policybot index build"
            )
    return _Opened(searcher, passages, ids)


def _find(searcher: Searcher, text: str) -> tuple[Query, Found]:
    query = searcher.form(text)
    return query, searcher.find(query, LIMIT)


def _asked(question: Question, query: Query, found: Found, opened: _Opened) -> AskedQuestion:
    hits = opened.searcher.find(query, DEPTH).hits
    ranked = tuple(opened.ids[hit.passage.id] for hit in hits)
    return AskedQuestion(
        question=question,
        ranked=ranked,
        first=tuple(
            FoundPassage(id_, hit.score, hit.passage.text)
            for id_, hit in zip(ranked[:_SHOWN], hits, strict=False)
        ),
        measures=measured(ranked, question.relevance),
        sureness=_sureness_of(found),
    )


def _sureness(searcher: Searcher, question: Unanswerable) -> Sureness:
    _, found = _find(searcher, question.text)
    return _sureness_of(found)


def _sureness_of(found: Found) -> Sureness:
    """Return how sure an answer of what was found would be."""
    confidence = confidence_of(found.signals)
    return Sureness(confidence, outcome_of(confidence))


def _plain(questions: Iterable[Question], opened: _Opened, model: Bm25) -> dict[str, float]:
    ranker = PlainRanker(opened.passages, model)
    ids = [opened.ids[passage.id] for passage in opened.passages]
    return means(
        [
            measured([ids[number] for number in ranker.rank(one.text, DEPTH)], one.relevance)
            for one in questions
        ]
    )


_Unanswered = Sequence[tuple[Unanswerable, Sureness]]


def _answerable(asked: Iterable[AskedQuestion]) -> list[AskedQuestion]:
    return [one for one in asked if one.question.is_answerable]


def _refusals(asked: Iterable[AskedQuestion], unanswerable: _Unanswered) -> dict[Absence, Refusal]:
    answerable = [one.sureness.confidence for one in _answerable(asked)]
    found = {}
    for kind in ABSENCES:
        of_kind = [sure.confidence for one, sure in unanswerable if one.kind == kind]
        if answerable and of_kind:
            found[kind] = refusal(answerable, of_kind)
    return found


def _outcomes(
    asked: Iterable[AskedQuestion], unanswerable: _Unanswered
) -> dict[str, dict[Outcome, int]]:
    found: dict[str, dict[Outcome, int]] = {}
    groups = [("answerable", one.sureness) for one in _answerable(asked)]
    groups += [(kind, sure) for kind in ABSENCES for one, sure in unanswerable if one.kind == kind]
    for group, sure in groups:
        counts = found.setdefault(group, {"answered": 0, "uncertain": 0, "not_found": 0})
        counts[sure.outcome] += 1
    return found


def _reliability(asked: Iterable[AskedQuestion], unanswerable: _Unanswered) -> Reliability:
    pairs = [(one.sureness.confidence, one.measures["hit@1"] == 1) for one in _answerable(asked)]
    pairs += [(sure.confidence, False) for _, sure in unanswerable]
    return reliability([confidence for confidence, _ in pairs], [right for _, right in pairs])


def _percentile(durations: Sequence[float], percent: int) -> float:
    """Return the shortest duration that so many percent are no longer than."""
    return sorted(durations)[-(-len(durations) * percent // 100) - 1]
