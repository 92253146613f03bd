"""What is offered while somebody types: answered from memory, made once a generation."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.discord_app.displaying import units
from bot.discord_app.presses import document_key

if TYPE_CHECKING:
    from index import Document, Searcher

CHOICES = 25  # Discord's limits of a list of choices: 25, of 100 characters each
CHOICE_UNITS = 100
_WORDS = 2000
_HEADINGS = 5000
_SHORTEST = 4  # letters of a word that another spelling is looked for


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What the documents of one generation offer."""

    headings: tuple[tuple[str, str], ...]  # in lower case, as it stands
    words: tuple[str, ...]  # most frequent first
    documents: tuple[Document, ...]

    def for_question(self, typed: str) -> list[str]:
        """Return questions that what was typed may become, at most 25 of 100 characters."""
        typed = " ".join(typed.split())
        folded = typed.lower()
        found = dict.fromkeys(self._found(typed, folded))
        return [text for text in found if 0 < units(text) <= CHOICE_UNITS][:CHOICES]

    def _found(self, typed: str, folded: str) -> Iterator[str]:
        yield from (text for low, text in self.headings if low.startswith(folded))
        yield from (text for low, text in self.headings if folded and folded in low)
        before, _, last = typed.rpartition(" ")
        if last or not typed:
            low = last.lower()
            for word in self.words:
                if word.startswith(low) and word != low:
                    yield f"{before} {word}".strip()

    def for_source(self, typed: str) -> list[tuple[str, str]]:
        """Return names and ids of documents that fit what was typed; long ids as their key."""
        folded = typed.strip().lower()
        found = []
        for document in self.documents:
            if folded in document.id or folded in document.title.lower():
                id_ = (
                    document.id if units(document.id) <= CHOICE_UNITS else document_key(document.id)
                )
                found.append((_fitting(document.title), id_))
            if len(found) == CHOICES:
                break
        return found

    def spelled(self, missing: Sequence[str]) -> list[str]:
        """Return frequent words that look like those no document contains."""
        found: dict[str, None] = {}
        for word in missing[:5]:
            if len(word) >= _SHORTEST:
                near = difflib.get_close_matches(word.lower(), self.words, n=2, cutoff=0.8)
                found.update(dict.fromkeys(near))
        return list(found)


def suggestions_of(searcher: Searcher) -> Suggestions:
    """Collect what a generation offers; documents for certain people only are left out."""
    documents = [document for document, _ in searcher.documents()]
    open_ones = tuple(document for document in documents if not document.audience)
    hidden = {document.id for document in documents if document.audience}
    listed = searcher.headings(_HEADINGS)
    headings = dict.fromkeys(heading for id_, heading in listed if id_ not in hidden)
    # A frequent word may stand in a hidden document alone.
    words = searcher.frequent_words(_WORDS) if len(open_ones) == len(documents) else []
    return Suggestions(
        headings=tuple((heading.lower(), heading) for heading in headings),
        words=tuple(words),
        documents=open_ones,
    )


def _fitting(title: str) -> str:
    """Return as much of a title as a choice can show."""
    title = " ".join(title.split())
    while units(title) > CHOICE_UNITS:
        title = title[: -max(2, (units(title) - CHOICE_UNITS) // 2)].rstrip() + "…"
    return title or "-"
