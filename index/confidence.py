"""How sure it is that the documents answer a question, from several signals.

Each signal is comparable between long questions and short ones, small indexes and large ones. A
logistic model adds them up; its weights were found by tests/fit_confidence.py on questions that
collections answer and on others that they do not, and every one of them can be shown.
"""

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

from index import query as queries
from index.kinds.kind import satisfies
from index.query import rarity_of
from index.records import Query

Outcome = Literal["answered", "uncertain", "not_found"]
ANSWERED_FROM = 0.4  # confidence
UNCERTAIN_FROM = 0.1
_WHOLE = 0.999  # of a question
_UNKNOWN = 0.5  # passages that a word is taken to stand in which stands in none
_STEEPEST = 50.0  # logit; beyond it a probability is 0 or 1
_DIGITS = 6  # behind the point; the last bits are not the same on every machine

# Signal -> its weight in the logit; found by tests/fit_confidence.py.
WEIGHTS = {
    "coverage": 1.559,
    "words": 1.050,
    "title": -1.116,
    "title in all": 2.884,
    "kind is there": -0.342,
    "kind is not there": -0.634,
    "length": 0.858,
    "coverage by length": 1.730,
    "all of it by size": 5.222,
    "all of bare words": 1.609,
    "size": -0.302,
}
CONSTANT = -4.410


class Best(NamedTuple):
    """What is known of the best passage."""

    matched: Mapping[str, float]  # the question's terms that it has
    parts: Mapping[str, float]  # of its score
    kinds: int  # of answers that it holds


def signals(query: Query, best: Best, passages: int) -> dict[str, float]:
    """Return what speaks for and against the best of so many passages.

    Weights of words and parts of the score are counted in the rarity of an unknown word, or as
    shares of all that was asked for, so that an index of ten passages compares with one of a
    million.
    """
    unit = rarity_of(_UNKNOWN, passages)
    asked = tuple(word for word in query.words if word.asks and not word.is_carried)
    total = sum(word.weight for word in query.words) or 1.0
    length = math.log1p(sum(len(word.groups[0]) for word in query.words if word.groups))
    size = math.log1p(passages)
    coverage = queries.coverage(query, best.matched)
    whole = float(coverage >= _WHOLE)
    words = max(best.parts.get("words", 0.0), 0.0)  # Okapi's idf may be negative
    title = max(best.parts.get("title", 0.0), 0.0)
    fits = satisfies(query.asked, best.kinds)
    found = {
        "coverage": queries.coverage(query._replace(words=asked or query.words), best.matched),
        "words": words / total,
        "title": title / total,
        "title in all": math.log1p(title / unit),
        "kind is there": 0.0 if fits is None else fits,
        "kind is not there": 0.0 if fits is None else 1.0 - fits,
        "length": length,
        "coverage by length": coverage * length,
        "all of it by size": whole / size,
        "all of bare words": whole * query.is_bare,
        "size": size,
    }
    return {name: round(value, _DIGITS) for name, value in found.items()}


def shares_of(found: Mapping[str, float]) -> dict[str, float]:
    """Return what each signal adds to the logit, and the constant that is there without any."""
    shares = {name: round(WEIGHTS[name] * value, _DIGITS) for name, value in found.items()}
    return {"constant": CONSTANT, **shares}


def confidence_of(found: Mapping[str, float]) -> float:
    """Return the probability (0..1) that the signals speak for; 0 where nothing was found."""
    if not found:
        return 0.0
    logit = sum(shares_of(found).values())
    return round(1.0 / (1.0 + math.exp(-max(-_STEEPEST, min(_STEEPEST, logit)))), _DIGITS)


def outcome_of(confidence: float) -> Outcome:
    """Return what is said of an answer of this confidence."""
    if confidence >= ANSWERED_FROM:
        return "answered"
    return "uncertain" if confidence >= UNCERTAIN_FROM else "not_found"
