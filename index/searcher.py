"""An immutable snapshot of the index that answers queries.

A rebuild makes a new searcher; whoever holds this one goes on with it undisturbed.
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from index import analysis, quoting
from index import query as queries
from index.postings import Integers, Postings
from index.ranking import Bm25, Floats, Ranker
from index.records import Document, Hit, IndexState, Passage, Query, QuoteCheck
from index.vocabulary import Vocabulary


class PassageStore(Protocol):
    """Where documents and passages live."""

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """Return passages by number, in the order asked for."""

    def texts(self, numbers: Sequence[int]) -> list[str]:
        """Return the texts of passages, in the order asked for; an empty one for what is not."""

    def containing(self, text: str, first: int, limit: int) -> list[int]:
        """Return the first passages from a number on whose texts contain a text."""

    def documents(self) -> list[tuple[Document, range]]:
        """Return all documents with the numbers of their passages, by id."""

    def find(self, document_id: str) -> tuple[Document, range] | None:
        """Return a document with the numbers of its passages."""

    def numbers_of(self, within: range, paragraphs: range) -> range:
        """Return which of a document's passages belong to some of its paragraphs."""

    def headings(self, limit: int) -> list[tuple[str, str]]:
        """Return pairs of document id and a heading's own text, in the order they stand."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which documents may answer; bounds are inclusive, and a document without date fails both."""

    documents: Collection[str] | None = None
    since: str | None = None  # YYYY-MM-DD
    until: str | None = None

    def admits(self, document_id: str, date: str | None) -> bool:
        """Say whether the document may answer."""
        if self.documents is not None and document_id not in self.documents:
            return False
        if self.since is None and self.until is None:
            return True
        return date is not None and (self.since or date) <= date <= (self.until or date)


EVERYTHING = Filter()
_FEW = 8  # documents that are looked up one by one
_MASKS = 8  # of filters whose passages are remembered
_ID = re.compile(
    r"(?P<document>[^#\ud800-\udfff]+)"
    r"(?:#(?P<paragraph>[0-9]{1,9})(?:\.(?P<part>[0-9]{1,9}))?)?"
)


class Searcher:
    """Answers queries from one generation; any number of threads may ask at once."""

    def __init__(
        self,
        state: IndexState,
        vocabulary: Vocabulary,
        postings: Postings,
        idf: Floats,
        model: Bm25,
        store: PassageStore,
    ) -> None:
        self.state = state
        self._vocabulary = vocabulary
        self._postings = postings
        self._document_frequencies = postings.document_frequencies
        self._ranker = Ranker(postings, idf, model)
        self._store = store
        self._lock = threading.Lock()
        self._places: list[tuple[str, str | None, range]] | None = None  # id, date, passages
        self._masks: OrderedDict[Filter, npt.NDArray[np.bool_]] = OrderedDict()

    def form(self, question: str, earlier: str | None = None, seen: Filter = EVERYTHING) -> Query:
        """Make the query of a question, or of one that follows an earlier one.

        What no document that may be `seen` contains is missing, whatever the others say.
        """
        allowed = self._allowed(seen)
        passages = self.state.passages if allowed is None else int(allowed.sum())

        def frequencies(terms: Iterable[str]) -> Mapping[str, int]:
            return self._frequencies(terms, allowed)

        query = queries.form(question, frequencies, passages)
        if earlier is None:
            return query
        return queries.following(query, queries.form(earlier, frequencies, passages))

    def search(self, query: Query, limit: int, only: Filter = EVERYTHING) -> list[Hit]:
        """Return the best passages that share a term with the query, best first."""
        numbers = self._vocabulary.numbers(query.weights)
        terms = [term for term in query.weights if term in numbers]
        if not terms or limit < 1:
            return []
        ranked = self._ranker.rank(
            [numbers[term] for term in terms],
            [query.weights[term] for term in terms],
            limit,
            self._allowed(only),
        )
        hits = []
        for column, passage in enumerate(self._store.passages(ranked.passages.tolist())):
            contributions = {
                term: float(ranked.contributions[row, column])
                for row, term in enumerate(terms)
                if ranked.matches[row, column]
            }
            hits.append(
                Hit(
                    passage=passage,
                    score=float(ranked.scores[column]),
                    contributions=contributions,
                    coverage=queries.coverage(query, contributions),
                )
            )
        return hits

    def check_quote(self, text: str, only: Filter = EVERYTHING) -> QuoteCheck:
        """Say whether a text stands in the documents, word for word or how it differs."""
        return quoting.check_quote(text, _Held(self, self._allowed(only)))

    def documents(self) -> list[tuple[Document, int]]:
        """Return all documents, by id, each with the number of its paragraphs."""
        listed = self._store.documents()
        last = self._store.passages([passages.stop - 1 for _, passages in listed])
        return [
            (document, passage.paragraph)
            for (document, _), passage in zip(listed, last, strict=True)
        ]

    def passages_of(self, id_: str, context: int = 0) -> list[Passage]:
        """Return the passages that an id names: a document's, a paragraph's, or a single one.

        With `context`, those of so many paragraphs before and after it as well. An id that names
        nothing has no passages.
        """
        parsed = _ID.fullmatch(id_)
        found = self._store.find(parsed["document"]) if parsed else None
        if parsed is None or found is None:
            return []
        if parsed["paragraph"] is None:
            return self._store.passages(found[1])
        middle, part = int(parsed["paragraph"]), parsed["part"]
        named = [
            passage
            for passage in self._store.passages(
                self._store.numbers_of(found[1], range(middle, middle + 1))
            )
            if not part or passage.part == int(part)
        ]
        if not named or context < 1:
            return named
        around = range(middle - context, middle + context + 1)
        return self._store.passages(self._store.numbers_of(found[1], around))

    def headings(self, limit: int) -> list[tuple[str, str]]:
        """Return pairs of document id and a heading's own text, in the order they stand."""
        return self._store.headings(limit)

    def frequent_words(self, limit: int) -> list[str]:
        """Return words for the terms that stand in most passages, most first."""
        terms = len(self._document_frequencies)
        order = np.lexsort((np.arange(terms), -self._document_frequencies))[:limit]
        # A term is a stem; how people write it stands in the first passage that has it.
        first = self._postings.passages[self._postings.starts[order]].tolist()
        forms: dict[int, dict[str, str]] = {}
        words = []
        for term, passage_number in zip(self._vocabulary.terms(order.tolist()), first, strict=True):
            if passage_number not in forms:
                (passage,) = self._store.passages([passage_number])
                forms[passage_number] = _forms(passage)
            words.append(forms[passage_number][term])
        return words

    def _frequencies(
        self, terms: Iterable[str], allowed: npt.NDArray[np.bool_] | None
    ) -> Mapping[str, int]:
        if allowed is not None:
            return {term: len(held) for term, held in self._holders(terms, allowed).items()}
        numbers = self._vocabulary.numbers(terms)
        return {t: int(self._document_frequencies[number]) for t, number in numbers.items()}

    def _holders(
        self, terms: Iterable[str], allowed: npt.NDArray[np.bool_] | None
    ) -> dict[str, Integers]:
        """Return which of the allowed passages hold each term; terms of none are left out."""
        found = {}
        starts = self._postings.starts
        for term, number in self._vocabulary.numbers(terms).items():
            holders = self._postings.passages[starts[number] : starts[number + 1]]
            held = holders if allowed is None else holders[allowed[holders]]
            if len(held):
                found[term] = held
        return found

    def _allowed(self, only: Filter) -> npt.NDArray[np.bool_] | None:
        """Return which passages may answer, (N,); None for all."""
        if only == EVERYTHING:
            return None
        if only.documents is not None and len(only.documents) <= _FEW:
            found = [self._store.find(id_) for id_ in only.documents]
            return self._mask(only, [(d.id, d.date, at) for d, at in filter(None, found)])
        if only.documents is not None:
            only = replace(only, documents=frozenset(only.documents))
        with self._lock:
            if self._places is None:
                self._places = [(d.id, d.date, at) for d, at in self._store.documents()]
            if only not in self._masks:
                self._masks[only] = self._mask(only, self._places)
            self._masks.move_to_end(only)
            if len(self._masks) > _MASKS:
                self._masks.popitem(last=False)
            return self._masks[only]

    def _mask(
        self, only: Filter, places: Iterable[tuple[str, str | None, range]]
    ) -> npt.NDArray[np.bool_]:
        mask = np.zeros(self.state.passages, dtype=bool)
        for document_id, date, passages in places:
            if only.admits(document_id, date):
                mask[passages.start : passages.stop] = True
        return mask


class _Held:
    """The passages that may be seen, for checking quotes; the others are not there."""

    def __init__(self, searcher: Searcher, allowed: npt.NDArray[np.bool_] | None) -> None:
        self._searcher = searcher
        self._allowed = allowed
        self._passages: dict[int, Passage] = {}

    def holders(self, terms: Sequence[str]) -> Mapping[str, Integers]:
        """Return the numbers of the passages that have each of the terms, ascending."""
        return self._searcher._holders(terms, self._allowed)

    def texts(self, numbers: Sequence[int]) -> list[str]:
        """Return the texts of passages, in the order asked for; an empty one for what is not."""
        texts = self._searcher._store.texts(numbers)
        return [text if self._admits(n) else "" for n, text in zip(numbers, texts, strict=True)]

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """Return passages by number, in the order asked for."""
        for number in numbers:
            if number not in self._passages and self._admits(number):
                (self._passages[number],) = self._searcher._store.passages([number])
        return [self._passages[number] for number in numbers]

    def containing(self, text: str, limit: int) -> list[int]:
        """Return the first passages whose texts contain a text, by reading one after the other."""
        found: list[int] = []
        first = 0
        while len(found) < limit:
            batch = self._searcher._store.containing(text, first, limit)
            found += filter(self._admits, batch)
            if len(batch) < limit:
                break
            first = batch[-1] + 1
        return found[:limit]

    def _admits(self, number: int) -> bool:
        if not 0 <= number < self._searcher.state.passages:
            return False
        return self._allowed is None or bool(self._allowed[number])


def _forms(passage: Passage) -> dict[str, str]:
    """Return for each term of a passage the first word that it stands for there."""
    forms: dict[str, str] = {}
    for text in (
        passage.text,
        *passage.introduction,
        *passage.heading,
        passage.document.title,
    ):
        for start, end, term in analysis.tokens(text):
            forms.setdefault(term, text[start:end].lower())
    return forms
