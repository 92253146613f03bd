"""A searcher over the versions of documents that were in force on a day.

It is put together as a rebuild puts an index together, so its answers are those of an index of
just these files: what is current is taken along from the live postings, only what is not is
analysed, and rarity and lengths are counted anew over both.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate

import numpy as np

from index.abbreviations import Abbreviation
from index.counting import TermCounter
from index.merging import merged
from index.records import Document, IndexState, Passage, Version
from index.searcher import Searcher
from index.storage import Generation, Rows


def searcher_of(versions: Sequence[Version], generation: Generation, state: IndexState) -> Searcher:
    """Return a searcher over some versions of a generation, one of a document, by document id."""
    model = generation.manifest.model
    sizes = [len(version.passages) for version in versions]
    counter = TermCounter(generation.vocabulary.terms(range(len(generation.vocabulary))))
    new_numbers = np.full(generation.manifest.passages, -1, dtype=np.int64)
    for version, numbers in zip(versions, _renumbered(versions), strict=True):
        if version.last_seen is None:
            new_numbers[version.passages.start : version.passages.stop] = numbers
        else:
            known = _current_texts(generation.rows, version.document)
            others, fresh = [], []
            for number, passage in zip(
                numbers, generation.rows.passages(version.passages), strict=True
            ):
                if (current := known.pop(_searched(passage), None)) is not None:
                    new_numbers[current] = number
                else:
                    others.append(passage)
                    fresh.append(number)
            counter.add(others, fresh)
    passages = sum(sizes)
    counted = counter.counted()  # which numbers the terms that are new
    taken = generation.sequences, new_numbers
    found = merged(counter.spellings, counted, sizes, taken, model)
    return Searcher(
        state._replace(documents=len(versions), passages=passages, terms=len(found.spellings)),
        found.views(),
        model,
        _ChosenRows(generation.rows, versions),
    )


def _current_texts(rows: Rows, document: Document) -> dict[tuple[str, ...], int]:
    """Return the current passages of a document: what is searched of each, and its number.

    Most of an earlier version stands in the current one too, and need not be analysed again.
    """
    found = rows.find(document.id)
    if found is None:
        return {}
    return {
        _searched(passage): number
        for number, passage in zip(found[1], rows.passages(found[1]), strict=True)
    }


def _searched(passage: Passage) -> tuple[str, ...]:
    """Return all that the terms of a passage come from."""
    return (
        passage.text,
        passage.document.title,
        " ".join(passage.heading),
        " ".join(passage.introduction),
    )


def _renumbered(versions: Sequence[Version]) -> list[range]:
    """Return the numbers that the passages of each version have among those of all."""
    ends = list(accumulate(len(version.passages) for version in versions))
    return [
        range(end - len(version.passages), end) for version, end in zip(versions, ends, strict=True)
    ]


class _ChosenRows:
    """The rows of some versions as if nothing else were stored: passages are numbered anew."""

    def __init__(self, rows: Rows, versions: Sequence[Version]) -> None:
        self._rows = rows
        self._versions = {
            version.document.id: version._replace(passages=numbers)
            for version, numbers in zip(versions, _renumbered(versions), strict=True)
        }
        self._stored = [number for version in versions for number in version.passages]

    def passages(self, numbers: Sequence[int]) -> list[Passage]:
        """Return passages by number, in the order asked for."""
        return self._rows.passages([self._stored[number] for number in numbers])

    def texts(self, numbers: Sequence[int]) -> list[str]:
        """Return the texts of passages, in the order asked for."""
        return self._rows.texts([self._stored[number] for number in numbers])

    def containing(self, text: str, first: int, limit: int) -> list[int]:
        """Return the first passages from a number on whose texts contain a text."""
        numbers = range(first, len(self._stored))
        texts = zip(numbers, self.texts(numbers), strict=True)
        return [number for number, found in texts if text in found][:limit]

    def documents(self) -> list[tuple[Document, range]]:
        """Return all documents with the numbers of their passages, by id."""
        return [(version.document, version.passages) for version in self._versions.values()]

    def find(self, document_id: str) -> tuple[Document, range] | None:
        """Return a document with the numbers of its passages."""
        version = self._versions.get(document_id)
        return None if version is None else (version.document, version.passages)

    def numbers_of(self, within: range, paragraphs: range) -> range:
        """Return which of a document's passages belong to some of its paragraphs."""
        shift = self._stored[within.start] - within.start
        stored = range(within.start + shift, within.stop + shift)
        found = self._rows.numbers_of(stored, paragraphs)
        return range(found.start - shift, found.stop - shift) if found else found

    def headings(self, limit: int) -> list[tuple[str, str]]:
        """Return pairs of document id and a heading's own text, in the order they stand."""
        passages = self.passages(range(len(self._stored)))
        found = dict.fromkeys((p.document.id, p.heading) for p in passages if p.heading)
        return [(id_, heading[-1]) for id_, heading in found][: None if limit < 0 else limit]

    def versions(self, document_id: str) -> list[Version]:
        """Return the version of a document that is among them, if one is."""
        version = self._versions.get(document_id)
        return [] if version is None else [version]

    def glossary(self) -> str:
        """Return the compiled glossary as JSON."""
        return self._rows.glossary()

    def abbreviations(self) -> list[tuple[str, Abbreviation]]:
        """Return what these versions define, each with the document's id, by document."""
        return [(id_, a) for id_, a in self._learned if a.is_defined]

    def names(self, initials: str) -> list[tuple[str, str]]:
        """Return names with these initials, each with the id of its document, by document."""
        return [
            (id_, a.long) for id_, a in self._learned if a.short == initials and not a.is_defined
        ]

    @cached_property
    def _learned(self) -> list[tuple[str, Abbreviation]]:
        chosen = [(id_, self._versions[id_].number) for id_ in self._versions]
        return self._rows.abbreviations_of(chosen)

    def superseding(self) -> dict[str, tuple[str, ...]]:
        """Return the ids that documents name as superseded, by the id of who names them."""
        return {id_: version.document.supersedes for id_, version in self._versions.items()}
