"""What is offered while somebody types: answered from memory, made once a generation."""

from __future__ import annotations

import difflib
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.discord_app.displaying import shown, units
from bot.discord_app.presses import document_key

if TYPE_CHECKING:
    from index import Document, Searcher

CHOICES = 25  # Discord's limits of a list of choices: 25, of 100 characters each
CHOICE_UNITS = 100
_WORDS = 2000
_HEADINGS = 5000
_SHORTEST = 4  # letters of a word that another spelling is looked for
_LONGEST = 30
_ALIKE = 0.85  # of two spellings, from 0 to 1, as difflib counts it
_BEGUN = 2  # letters of a word from which on it is completed
# Text written without spaces is searched by single characters and pairs, which are no words.
_WITHOUT_SPACES = re.compile(
    "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003134f]"
)

_Spellings = Mapping[tuple[str, int], Sequence[str]]  # by first letter and length


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What documents offer."""

    headings: tuple[tuple[str, str], ...]  # in lower case, and as it is shown
    words: tuple[str, ...]  # in lower case, most frequent first
    sources: tuple[tuple[str, str, str], ...]  # title in lower case, as it is shown, and id
    keys: Mapping[str, str] = field(default_factory=dict)  # key of each document -> its id
    spellings: _Spellings = field(default_factory=dict)  # the words

    def for_question(self, typed: str) -> list[str]:
        """Return questions that what was typed may become, at most 25 of 100 characters."""
        typed = " ".join(typed.split())
        found: dict[str, str] = {}
        if units(typed) <= CHOICE_UNITS:
            for text in self._found(typed, typed.lower()):
                found.setdefault(text.lower(), text)
                if len(found) == CHOICES:
                    break
        return list(found.values())

    def _found(self, typed: str, folded: str) -> Iterator[str]:
        yield from (text for low, text in self.headings if low.startswith(folded))
        yield from (text for low, text in self.headings if folded in low)
        before, _, last = folded.rpartition(" ")
        if sum(map(str.isalpha, last)) >= _BEGUN:
            said = {*before.split(), last}
            kept = typed[: len(typed) - len(typed.rpartition(" ")[2])]
            for word in self.words:
                if word.startswith(last) and word not in said:
                    text = kept + word
                    if units(text) <= CHOICE_UNITS:
                        yield text

    def for_source(self, typed: str) -> list[tuple[str, str]]:
        """Return names and ids of documents that fit what was typed; long ids as their key."""
        folded = typed.strip().lower()
        found = []
        for low, title, id_ in self.sources:
            if folded in id_ or folded in low:
                found.append((title, id_ if units(id_) <= CHOICE_UNITS else document_key(id_)))
            if len(found) == CHOICES:
                break
        return found

    def spelled(self, missing: Sequence[str]) -> list[str]:
        """Return frequent words that look like those no document contains."""
        found: dict[str, None] = {}
        for word in missing[:5]:
            if _SHORTEST <= len(word) <= _LONGEST:
                low = word.lower()
                # Two spellings of lengths further apart than this are never so much alike.
                apart = _ALIKE / (2 - _ALIKE)
                lengths = range(math.ceil(len(low) * apart), math.floor(len(low) / apart) + 1)
                alike = [w for n in lengths for w in self.spellings.get((low[0], n), ())]
                near = difflib.get_close_matches(low, alike, n=2, cutoff=_ALIKE)
                found.update(dict.fromkeys(near))
        return list(found)


def suggestions_of(searcher: Searcher) -> Suggestions:
    """Collect what a generation, or what may be seen of it, offers."""
    documents = [document for document, _ in searcher.documents()]
    headings: dict[str, str] = {}
    for heading in (_on_one_line(heading) for _, heading in searcher.headings(_HEADINGS)):
        if 0 < units(heading) <= CHOICE_UNITS:
            headings.setdefault(heading.lower(), heading)
    words = _words(searcher.frequent_words(_WORDS))
    spellings = defaultdict(list)
    for word in words:
        spellings[word[0], len(word)].append(word)
    return Suggestions(
        headings=tuple(headings.items()),
        words=tuple(words),
        sources=tuple(map(_source, documents)),
        keys={document_key(document.id): document.id for document in documents},
        spellings=dict(spellings),
    )


def _words(terms: Iterable[str]) -> list[str]:
    """Return what of the terms are words of letters, each once, in lower case."""
    words = dict.fromkeys(shown(term).lower() for term in terms)
    return [
        word for word in words if any(map(str.isalpha, word)) and not _WITHOUT_SPACES.search(word)
    ]


def _source(document: Document) -> tuple[str, str, str]:
    title = _on_one_line(document.title) or _on_one_line(document.id)
    return title.lower(), _fitting(title), document.id


def _on_one_line(text: str) -> str:
    return " ".join(shown(text).split())


def _fitting(title: str) -> str:
    """Return as much of a title as a choice can show."""
    while units(title) > CHOICE_UNITS:
        title = title[: -max(2, (units(title) - CHOICE_UNITS) // 2)].rstrip() + "…"
    return title or "-"
