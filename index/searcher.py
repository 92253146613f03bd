"""An immutable snapshot of the index that answers queries.

A rebuild makes a new searcher; whoever holds this one goes on with it undisturbed. Who may not see
all documents asks a view: a searcher that counts, ranks and tells as if only what may be seen had
been indexed, so that nothing can be concluded about the rest.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

from index import analysis, confidence
from index import query as queries
from index.abbreviations import Abbreviation
from index.arrays import View
from index.bm25 import Bm25
from index.candidates import Asked, Finder
from index.confidence import Best
from index.light_ranking import LightPostings
from index.patterns import lazily
from index.records import (
    NOTHING,
    Document,
    Found,
    Hit,
    IndexState,
    Passage,
    Query,
    QuoteCheck,
    Rewording,
    Version,
)
from index.superseding import superseders
from index.vocabulary import Vocabulary
from index.wordbook import KnownWordings, WordStore

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from index.array_finding import ArrayFinder
    from index.misspelling import Spellings
    from index.packed import PackedPostings
    from index.postings import Integers


class PassageStore(WordStore, Protocol):
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
        """Return pairs of document id and a heading's own text, in the order they stand.

        A negative limit is none.
        """

    def versions(self, document_id: str) -> list[Version]:
        """Return the versions of a document, by number, the earlier ones too."""

    def superseding(self) -> dict[str, tuple[str, ...]]:
        """Return the ids that documents name as superseded, by the id of who names them."""


class Filter(NamedTuple):
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
_LIGHT_QUESTIONS = 1  # that are answered without numpy
_LIGHT_PASSAGES = 1 << 18  # beyond, importing it takes less time
_FEW = 8  # documents that are looked up one by one
_MASKS = 8  # of filters whose passages are remembered
_VIEWS = 12  # that are remembered; with 100,000 passages each takes up to 12 MB
_VIEW_REMEMBERED_BYTES = 8 << 20
_ID = lazily(
    r"(?P<document>[^#\ud800-\udfff]+)"
    r"(?:#(?P<paragraph>[0-9]{1,9})(?:\.(?P<part>[0-9]{1,9}))?)?"
)


class _Visible(NamedTuple):
    """The part of a generation that a view knows of."""

    mask: bytes  # of each passage, whether it is visible
    passages: npt.NDArray[np.bool_]  # (N,): the same
    document_frequencies: npt.NDArray[np.int64]  # (T,): in how many of these passages
    idf: npt.NDArray[np.float64]  # (T,)
    average: float  # length of these passages


class Searcher:
    """Answers queries from one generation; any number of threads may ask at once.

    The first question of a process is answered without numpy, whose import takes longer than that.
    """

    def __init__(
        self,
        state: IndexState,
        views: Mapping[str, View],
        model: Bm25,
        store: PassageStore,
        visible: _Visible | None = None,
    ) -> None:
        """Take a generation's arrays; a view's `state` and `store` tell of what is visible."""
        self.state = state
        self._arrays = views
        self._vocabulary = Vocabulary(views["terms"].values, views["term_ends"].values)
        self._listed = LightPostings(views)
        self._size = len(self._listed.lengths)  # passages, those that are not visible too
        self._model = model
        self._visible = visible
        self._idf = views["idf"].values if visible is None else visible.idf.data
        self._wordings = KnownWordings(store)
        self._store = store
        self._asked = 0  # questions
        self._lock = threading.Lock()
        self._places: list[tuple[str, str | None, range]] | None = None  # id, date, passages
        self._masks: OrderedDict[Filter, bytes] = OrderedDict()
        self._guarded: dict[frozenset[str], frozenset[str]] | None = None  # audience -> documents
        self._views: OrderedDict[frozenset[str], Searcher] = OrderedDict()  # by what is hidden

    def audiences(self) -> Collection[frozenset[str]]:
        """Return the audiences that documents have, each once."""
        return self._by_audience().keys()

    def seen_with(self, badges: Collection[str]) -> Searcher:
        """Return what may be seen by those whom one of these ids of servers and roles names.

        A document without an audience is for everybody. Where nothing is hidden, the view is this
        searcher itself; making another takes a tenth of a second for 100,000 passages, so the last
        ones are remembered.
        """
        hidden: set[str] = set()
        for audience, documents in self._by_audience().items():
            if audience.isdisjoint(badges):
                hidden |= documents
        if not hidden:
            return self
        key = frozenset(hidden)
        with self._lock:
            if key in self._views:
                self._views.move_to_end(key)
                return self._views[key]
        view = self._without(key)
        with self._lock:
            self._views[key] = view
            if len(self._views) > _VIEWS:
                self._views.popitem(last=False)
        return view

    def _by_audience(self) -> dict[frozenset[str], frozenset[str]]:
        if self._guarded is None:
            guarded: dict[frozenset[str], set[str]] = {}
            for document, _ in self._store.documents():
                if document.audience:
                    guarded.setdefault(frozenset(document.audience), set()).add(document.id)
            self._guarded = {audience: frozenset(ids) for audience, ids in guarded.items()}
        return self._guarded

    def _without(self, hidden: frozenset[str]) -> Searcher:
        """Make a searcher over the same arrays that has never heard of some documents."""
        import numpy as np  # not for the first question of a process

        from index.ranking import inverse_document_frequencies, mean_of

        listed = self._store.documents()
        places = [(d.id, d.date, at) for d, at in listed if d.id not in hidden]
        mask = self._mask(EVERYTHING, places)
        passages = np.frombuffer(mask, dtype=bool)
        counts = self._postings.held_by(passages)
        known = np.flatnonzero(counts)
        size = int(passages.sum())
        idf = np.zeros(len(counts))
        idf[known] = inverse_document_frequencies(counts[known].tolist(), size, self._model)
        average = mean_of(self._postings.lengths[passages])
        return Searcher(
            self.state._replace(documents=len(places), passages=size, terms=len(known)),
            self._arrays,
            self._model,
            _Without(self._store, hidden, passages),
            _Visible(mask, passages, counts, idf, average),
        )

    def prepare(self) -> Searcher:
        """Load numpy and what is asked with it, which a question would wait for; return this."""
        _ = self._with_numpy
        return self

    @cached_property
    def _postings(self) -> PackedPostings:
        from index.packed import PackedPostings  # it needs numpy

        return PackedPostings.of_views(self._arrays)

    @cached_property
    def _spellings(self) -> Spellings:
        from index.misspelling import Spellings  # it needs numpy

        counts = self._postings.document_frequencies
        return Spellings(
            self._vocabulary,
            counts if self._visible is None else self._visible.document_frequencies,
        )

    @cached_property
    def _with_numpy(self) -> ArrayFinder:
        from index.array_finding import ArrayFinder

        if self._visible is None:
            return ArrayFinder(self._arrays, self._model)
        average = self._visible.average
        return ArrayFinder(self._arrays, self._model, average, _VIEW_REMEMBERED_BYTES)

    def _finder(self, idf: Sequence[float]) -> Finder:
        """Return what finds passages: without numpy, as long as that is the shorter way."""
        self._asked += 1
        is_soon_done = self._asked <= _LIGHT_QUESTIONS and self._size <= _LIGHT_PASSAGES
        if is_soon_done and "numpy" not in sys.modules and self._visible is None and min(idf) > 0:
            from index.light_finding import LightFinder  # a program that goes on needs it once

            return LightFinder(self._arrays, self._listed, self._model)
        return self._with_numpy

    def form(self, question: str, earlier: str | None = None) -> Query:
        """Make the query of a question, or of one that follows an earlier one."""
        query = queries.form(question, self, self.state.passages)
        if earlier is None:
            return query
        before = queries.form(earlier, self, self.state.passages)
        return queries.following(query, before)

    def search(self, query: Query, limit: int, only: Filter = EVERYTHING) -> list[Hit]:
        """Return the best passages that share a term with the query, best first."""
        return list(self.find(query, limit, only).hits)

    def find(self, query: Query, limit: int, only: Filter = EVERYTHING) -> Found:
        """Return the best passages that share a term with the query, and how sure they are.

        How sure does not depend on how many are asked for.
        """
        asked = self._asked_for(query)
        if not asked.terms or limit < 1:
            return NOTHING
        best = self._finder(asked.idf).find(asked, limit, self._allowed(only))
        if not best:
            return NOTHING
        passages = self._store.passages([one.passage for one in best])
        hits = tuple(
            Hit(
                passage=passage,
                score=one.score,
                parts=one.parts,
                contributions=one.given,
                coverage=queries.coverage(query, one.given),
            )
            for one, passage in zip(best, passages, strict=True)
        )
        first = Best(best[0].given, best[0].parts, best[0].kinds)
        return Found(hits, confidence.signals(query, first, self.state.passages))

    def _asked_for(self, query: Query) -> Asked:
        """Return the query with those of its terms that stand in some passage."""
        numbers = self._vocabulary.numbers(query.weights)
        known = self.frequencies(query.weights)
        terms = [term for term in query.weights if term in known]
        of_terms = [numbers[term] for term in terms]
        return Asked(query, terms, of_terms, [self._idf[number] for number in of_terms])

    def check_quote(self, text: str) -> QuoteCheck:
        """Say whether a text stands in the documents, word for word or how it differs."""
        from index import quoting  # a question needs none of it

        return quoting.check_quote(text, _Held(self))

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

    def versions_of(self, document_id: str) -> list[Version]:
        """Return the versions of a document, by number, the earlier ones too."""
        is_id = _ID.fullmatch(document_id) is not None
        return self._store.versions(document_id) if is_id else []

    def text_of(self, version: Version) -> list[Passage]:
        """Return the passages of a version."""
        return self._store.passages(version.passages)

    @cached_property
    def superseded_by(self) -> dict[str, tuple[str, ...]]:
        """The superseded documents, each with those that supersede it, by id."""
        naming = self._store.superseding()
        named: dict[str, tuple[str, ...]] = {id_: () for ids in naming.values() for id_ in ids}
        return superseders({**named, **naming})

    def frequent_words(self, limit: int) -> list[str]:
        """Return words for the terms that stand in most passages, most first."""
        import numpy as np  # not for the first question of a process

        frequencies = self._postings.document_frequencies
        if self._visible is not None:
            frequencies = self._visible.document_frequencies
        order = np.lexsort((np.arange(len(frequencies)), -frequencies))
        return self._written(order[: min(limit, self.state.terms)].tolist())

    def wordings(self, question: str) -> list[Rewording]:
        """Return the other wordings known for parts of a question; no two parts overlap."""
        return self._wordings.of(question)

    def nearest(self, word: str) -> dict[str, str]:
        """Return the words nearest to one that no document contains, each with its term."""
        numbers = self._spellings.nearest(word)
        return dict(zip(self._written(numbers), self._vocabulary.terms(numbers), strict=True))

    def _written(self, numbers: Sequence[int]) -> list[str]:
        """Return how people write terms: a term is a stem, a word of it stands in a passage."""
        # Of each the first one in the first passage that has it.
        first = [int(self._holders(number)[0]) for number in numbers]
        forms: dict[int, dict[str, str]] = {}
        words = []
        for term, passage_number in zip(self._vocabulary.terms(numbers), first, strict=True):
            if passage_number not in forms:
                (passage,) = self._store.passages([passage_number])
                forms[passage_number] = _forms(passage)
            words.append(forms[passage_number][term])
        return words

    def _holders(self, term: int) -> Integers:
        """Return the passages that have a term, ascending."""
        holders = self._postings.holders(term)
        return holders if self._visible is None else holders[self._visible.passages[holders]]

    def frequencies(self, terms: Iterable[str]) -> Mapping[str, int]:
        """Return how many passages hold each term; terms that none holds are left out."""
        numbers = self._vocabulary.numbers(terms)
        if self._visible is None:
            return {term: self._listed.document_frequency(n) for term, n in numbers.items()}
        counts = self._visible.document_frequencies
        return {t: count for t, number in numbers.items() if (count := int(counts[number]))}

    def _allowed(self, only: Filter) -> bytes | None:
        """Return of each passage whether it may answer; None for all."""
        if only == EVERYTHING:
            return None if self._visible is None else self._visible.mask
        if only.documents is not None and len(only.documents) <= _FEW:
            found = [self._store.find(id_) for id_ in only.documents]
            return self._mask(only, [(d.id, d.date, at) for d, at in filter(None, found)])
        if only.documents is not None:
            only = only._replace(documents=frozenset(only.documents))
        with self._lock:
            if self._places is None:
                self._places = [(d.id, d.date, at) for d, at in self._store.documents()]
            if only not in self._masks:
                self._masks[only] = self._mask(only, self._places)
            self._masks.move_to_end(only)
            if len(self._masks) > _MASKS:
                self._masks.popitem(last=False)
            return self._masks[only]

    def _mask(self, only: Filter, places: Iterable[tuple[str, str | None, range]]) -> bytes:
        mask = bytearray(self._size)
        for document_id, date, passages in places:
            if only.admits(document_id, date):
                mask[passages.start : passages.stop] = b"\x01" * len(passages)
        return bytes(mask)


class _Without:
    """A store of passages as if some documents were not in it; the passages keep their numbers."""

    def __init__(
        self, store: PassageStore, hidden: frozenset[str], visible: npt.NDArray[np.bool_]
    ) -> None:
        self._store = store
        self._hidden = hidden
        self._visible = visible  # passages, (N,)

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        found = self._store.passages(numbers)
        return [passage for passage in found if passage.document.id not in self._hidden]

    def texts(self, numbers: Sequence[int]) -> list[str]:
        texts = self._store.texts(numbers)
        return [
            text if self._visible[number] else ""
            for number, text in zip(numbers, texts, strict=True)
        ]

    def containing(self, text: str, first: int, limit: int) -> list[int]:
        found: list[int] = []
        while len(found) < limit and first < len(self._visible):
            batch = self._store.containing(text, first, limit)
            found += [n for n in batch if n < len(self._visible) and self._visible[n]]
            first = batch[-1] + 1 if len(batch) == limit else len(self._visible)
        return found[:limit]

    def documents(self) -> list[tuple[Document, range]]:
        listed = self._store.documents()
        return [(document, at) for document, at in listed if document.id not in self._hidden]

    def find(self, document_id: str) -> tuple[Document, range] | None:
        return None if document_id in self._hidden else self._store.find(document_id)

    def numbers_of(self, within: range, paragraphs: range) -> range:
        return self._store.numbers_of(within, paragraphs)

    def headings(self, limit: int) -> list[tuple[str, str]]:
        # How many belong to hidden documents is not known before they are read.
        listed = self._store.headings(-1)
        return [pair for pair in listed if pair[0] not in self._hidden][
            : None if limit < 0 else limit
        ]

    def versions(self, document_id: str) -> list[Version]:
        # An earlier version may have been for others than the current one.
        found = [] if document_id in self._hidden else self._store.versions(document_id)
        return [version for version in found if version.last_seen is None]

    def glossary(self) -> str:
        return self._store.glossary()

    def abbreviations(self) -> list[tuple[str, Abbreviation]]:
        return [(id_, a) for id_, a in self._store.abbreviations() if id_ not in self._hidden]

    def names(self, initials: str) -> list[tuple[str, str]]:
        return [(id_, name) for id_, name in self._store.names(initials) if id_ not in self._hidden]

    def superseding(self) -> dict[str, tuple[str, ...]]:
        return {
            id_: tuple(other for other in named if other not in self._hidden)
            for id_, named in self._store.superseding().items()
            if id_ not in self._hidden
        }


class _Held:
    """What a searcher knows, for checking quotes."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher
        self._store = searcher._store
        self._passages: dict[int, Passage] = {}

    def holders(self, terms: Sequence[str]) -> Mapping[str, Integers]:
        """Return the numbers of the passages that have each of the terms, ascending."""
        numbers = self._searcher._vocabulary.numbers(terms)
        held = {term: self._searcher._holders(number) for term, number in numbers.items()}
        return {term: holders for term, holders in held.items() if len(holders)}

    def texts(self, numbers: Sequence[int]) -> list[str]:
        """Return the texts of passages, in the order asked for; an empty one for what is not."""
        known = [number for number in numbers if self._is_current(number)]
        texts = dict(zip(known, self._store.texts(known), strict=True))
        return [texts.get(number, "") for number in numbers]

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """Return passages by number, in the order asked for."""
        for number in numbers:
            if number not in self._passages and self._is_current(number):
                (self._passages[number],) = self._store.passages([number])
        return [self._passages[number] for number in numbers]

    def containing(self, text: str, limit: int) -> list[int]:
        """Return the first passages whose texts contain a text, by reading one after the other."""
        return list(filter(self._is_current, self._store.containing(text, 0, limit)))

    def _is_current(self, number: int) -> bool:
        """Say whether it is a passage here; earlier versions of documents stand behind them."""
        return 0 <= number < self._searcher._size


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
