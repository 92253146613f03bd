"""What the passages that BM25 ranks best are looked at for, and what comes of it.

Both ways of looking, with numpy (index.rescoring) and without (index.light_rescoring), give the
same numbers bit for bit.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from index.records import Query

CANDIDATES = 128  # passages that are looked at; more than an answer may list
DIGITS = 9  # behind the point of a score: the last bits are not the same on every machine
DOCUMENT_K1, DOCUMENT_B = 1.2, 0.75  # of documents, whose "frequency" is passages with a term
# Phrases say more of a short question: their share falls as 5 / (1 + terms).
SHORT_QUESTION = 5.0
RARE_WORDS = 2  # a question of words that stand everywhere is about the kind of answer


class Shares(NamedTuple):
    """How much each part counts; found by tests/fit_ranking.py."""

    title: float = 0.7  # idf of the terms that stand in the title
    present: float = 0.28  # idf of the terms that stand in the passage at all
    pairs: float = 0.4  # pairs of terms side by side as in the question
    triples: float = 1.1
    near: float = 0.2  # different terms near each other, whatever their order
    situation: float = 0.3  # the document's passages that have terms of the situation
    neighbour: float = 0.4  # the score of the better neighbour
    # Of all that was asked for, at least of two rare words, where the kind of answer is there.
    kind: float = 0.4


SHARES = Shares()


class Asked(NamedTuple):
    """A query as an index sees it: Q of its terms, those that stand in some passage."""

    query: Query
    terms: Sequence[str]
    numbers: Sequence[int]  # (Q,): of the terms
    idf: Sequence[float]  # (Q,)

    @property
    def weights(self) -> list[float]:
        """How much each term was asked for, (Q,)."""
        return [self.query.weights[term] for term in self.terms]


class Scored(NamedTuple):
    """A passage that was looked at."""

    passage: int
    score: float  # the sum of its parts
    parts: dict[str, float]  # what speaks for it -> its share of the score
    given: dict[str, float]  # matched term -> what BM25 gives for it, in the order of the query
    kinds: int  # of answers that it holds, as index.kinds flags them


class Finder(Protocol):
    """Finds the best passages of an index; any number of threads may ask at once."""

    def find(self, asked: Asked, limit: int, allowed: bytes | None) -> list[Scored]:
        """Return the best passages, best first; `allowed` tells of each whether it may answer."""
