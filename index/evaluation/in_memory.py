"""Passages to a searcher that stands on no disk.

It is put together as a rebuild puts an index together, so its answers are those of an index of
the same documents; test collections come and go, and are not worth a generation.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from index import glossary as glossaries
from index.abbreviations import Abbreviation, defined
from index.bm25 import Bm25
from index.counting import TermCounter
from index.errors import GlossaryRefused
from index.merging import merged
from index.records import Document, IndexState, Passage, Version
from index.searcher import Searcher


def searcher_over(
    passages: Sequence[Passage], model: Bm25, glossary: Path | None = None
) -> Searcher:
    """Return a searcher over passages; those of one document follow each other.

    Questions are widened by the file `glossary`. Raises GlossaryRefused.
    """
    store = _InMemory(passages, _compiled(glossary))
    counter = TermCounter()
    sizes = []
    for _, numbers in store.documents():
        counter.add(passages[numbers.start : numbers.stop], numbers)
        sizes.append(len(numbers))
    counted = counter.counted()  # which numbers the terms
    found = merged(counter.spellings, counted, sizes, None, model)
    return Searcher(
        IndexState(0, len(sizes), len(passages), len(found.spellings), "", ()),
        found.views(),
        model,
        store,
    )


def _compiled(file: Path | None) -> str:
    """Return a glossary as an index keeps it. Raises GlossaryRefused."""
    if file is None:
        return glossaries.NOTHING
    try:
        return glossaries.as_json(file.read_bytes(), str(file))
    except OSError as exc:
        raise GlossaryRefused(f"{file} cannot be read: {exc.strerror}.") from exc


class _InMemory:
    """Keeps passages as the rows of a generation do; numbers are places in the sequence."""

    def __init__(self, passages: Sequence[Passage], glossary: str) -> None:
        self._passages = passages
        self._glossary = glossary
        self._documents: dict[str, tuple[Document, range]] = {}
        self._learned: list[tuple[str, Abbreviation]] = []
        for document, numbers in groupby(range(len(passages)), lambda n: passages[n].document):
            of_it = list(numbers)
            place = range(of_it[0], of_it[-1] + 1)
            assert document.id not in self._documents, f"{document.id} stands in two places"
            self._documents[document.id] = document, place
            short = defined(passage.text for passage in self.passages(place))
            self._learned.extend((document.id, one) for one in short)

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        return [self._passages[number] for number in numbers]

    def texts(self, numbers: Sequence[int]) -> list[str]:
        return [self._passages[number].text for number in numbers]

    def containing(self, text: str, first: int, limit: int) -> list[int]:
        numbers = range(first, len(self._passages))
        return [number for number in numbers if text in self._passages[number].text][:limit]

    def documents(self) -> list[tuple[Document, range]]:
        return list(self._documents.values())

    def find(self, document_id: str) -> tuple[Document, range] | None:
        return self._documents.get(document_id)

    def numbers_of(self, within: range, paragraphs: range) -> range:
        found = [self._passages[number].paragraph for number in within]
        first, last = (bisect_left(found, end) for end in (paragraphs.start, paragraphs.stop))
        return within[first:last]

    def headings(self, limit: int) -> list[tuple[str, str]]:
        found = dict.fromkeys((p.document.id, p.heading) for p in self._passages if p.heading)
        return [(id_, heading[-1]) for id_, heading in found][: None if limit < 0 else limit]

    def versions(self, document_id: str) -> list[Version]:
        found = self._documents.get(document_id)
        return [] if found is None else [Version(found[0], 1, "", None, found[1])]

    def superseding(self) -> dict[str, tuple[str, ...]]:
        documents = (document for document, _ in self.documents())
        return {document.id: document.supersedes for document in documents if document.supersedes}

    def glossary(self) -> str:
        return self._glossary

    def abbreviations(self) -> list[tuple[str, Abbreviation]]:
        return [(id_, one) for id_, one in self._learned if one.is_defined]

    def names(self, initials: str) -> list[tuple[str, str]]:
        return [
            (id_, one.long)
            for id_, one in self._learned
            if one.short == initials and not one.is_defined
        ]
