"""Two versions of a document to what differs between them.

Paragraphs that are equal and in the same order are found first, then equal ones elsewhere, which
moved, then similar ones, which changed; the rest was removed or added. Similar are two that share
at least half of their words, East Asian text by pairs of characters.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Literal

from index.common_sequence import common_subsequence
from index.records import Document, Paragraph, Passage
from index.word_diff import Piece, is_wide, word_diff, words_of

_SIMILAR_FROM = 0.5  # share of words that two paragraphs have in common
_CANDIDATES = 5  # paragraphs that one is compared with
_MOST_HOLDERS = 16  # a word in more paragraphs than these does not lead from one to another
_FIELDS = ("title", "date", "publisher", "url", "language", "supersedes", "audience", "path")

Kind = Literal["removed", "added", "changed", "moved"]
Pairs = list[tuple[int, int]]  # places in the old and in the new version


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of the metadata with another value."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class ParagraphChange:
    """A paragraph that is not as it was, or not where it was."""

    kind: Kind
    old: int | None  # its number in the old version; None: it was added
    new: int | None  # its number in the new version; None: it was removed
    pieces: tuple[Piece, ...]  # its text
    is_lined: bool = False  # as the paragraph in either version


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two versions of a document."""

    metadata: tuple[FieldChange, ...]
    headings: tuple[tuple[str, str], ...]  # old and new, above paragraphs that are still there
    paragraphs: tuple[ParagraphChange, ...]  # in the order of the new version

    def __bool__(self) -> bool:
        """Say whether anything differs."""
        return bool(self.metadata or self.headings or self.paragraphs)


def differences(old: Sequence[Passage], new: Sequence[Passage]) -> Difference:
    """Compare two versions of a document, each given as all its passages."""
    before, after = _paragraphs(old), _paragraphs(new)
    texts, new_texts = [p.text for p in before], [p.text for p in after]
    stayed = common_subsequence(texts, new_texts)
    moved = _equal(texts, new_texts, *_left_over(texts, new_texts, stayed))
    left, right = _left_over(texts, new_texts, stayed + moved)
    changed = _similar(texts, new_texts, left, right, stayed)
    removed, added = _left_over(texts, new_texts, stayed + moved + changed)
    # Each change by its place in the new version; what is gone comes behind what it stood behind.
    behind = _partners_before(len(before), stayed + moved + changed)
    told: list[tuple[tuple[int, int], ParagraphChange]] = [
        ((behind[place], place + 1), _change("removed", before[place], None)) for place in removed
    ]
    told += [((place, 0), _change("added", None, after[place])) for place in added]
    told += [((place, 0), _change("moved", before[x], after[place])) for x, place in moved]
    told += [((place, 0), _change("changed", before[x], after[place])) for x, place in changed]
    told.sort(key=lambda entry: entry[0])
    return Difference(
        metadata=tuple(_field_changes(old[0].document, new[0].document)),
        headings=_heading_changes((before[x], after[y]) for x, y in sorted(stayed + changed)),
        paragraphs=tuple(change for _, change in told),
    )


def _change(kind: Kind, old: Paragraph | None, new: Paragraph | None) -> ParagraphChange:
    pieces = word_diff(old.text if old else "", new.text if new else "")
    is_lined = any(paragraph.is_lined for paragraph in (old, new) if paragraph)
    places = (old.number if old else None, new.number if new else None)
    return ParagraphChange(kind, *places, pieces, is_lined)


def _paragraphs(passages: Sequence[Passage]) -> list[Paragraph]:
    """Put paragraphs together again that were split; a space stands where sentences have one."""
    found = []
    for number, group in groupby(passages, key=lambda passage: passage.paragraph):
        parts = list(group)
        text = parts[0].text
        for part in parts[1:]:
            text += part.text if is_wide(text[-1]) else f" {part.text}"
        first = parts[0]
        found.append(
            Paragraph(number, text, first.heading, first.introduction, is_lined=first.is_lined)
        )
    return found


def _left_over(old: Sequence[str], new: Sequence[str], pairs: Pairs) -> tuple[list[int], list[int]]:
    """Return the places of what is in none of the pairs."""
    taken_old, taken_new = {x for x, _ in pairs}, {y for _, y in pairs}
    return (
        [place for place in range(len(old)) if place not in taken_old],
        [place for place in range(len(new)) if place not in taken_new],
    )


def _partners_before(size: int, pairs: Pairs) -> list[int]:
    """Return for each old place the new place of the nearest paired one before it, else -1."""
    partners = dict(pairs)
    found = []
    last = -1
    for place in range(size):
        found.append(last)
        last = partners.get(place, last)
    return found


def _equal(
    old: Sequence[str], new: Sequence[str], left: Sequence[int], right: Sequence[int]
) -> Pairs:
    """Pair what is equal, wherever it stands; of several equal ones the first with the first."""
    places: dict[str, list[int]] = {}
    for place in reversed(right):
        places.setdefault(new[place], []).append(place)
    return [(place, places[old[place]].pop()) for place in left if places.get(old[place])]


def _similar(
    old: Sequence[str],
    new: Sequence[str],
    left: Sequence[int],
    right: Sequence[int],
    stayed: Pairs,
) -> Pairs:
    """Pair what shares at least half of its words, the most similar first.

    Each is compared with what shares most of its rare words, and with what stands in its place.
    """
    words = {place: _words(old[place]) for place in left}
    holders: dict[str, list[int]] = {}
    for place in left:
        for word in words[place]:
            holders.setdefault(word, []).append(place)
    in_place = {
        spot: place for place, spot in zip(left, _spots(left, [x for x, _ in stayed]), strict=True)
    }
    compared = []
    for place, spot in zip(right, _spots(right, [y for _, y in stayed]), strict=True):
        here = _words(new[place])
        votes: Counter[int] = Counter()
        for word in here:
            if len(holders.get(word, ())) <= _MOST_HOLDERS:
                votes.update(holders.get(word, ()))
        candidates = {x for x, _ in votes.most_common(_CANDIDATES)}
        candidates |= {in_place[spot]} if spot in in_place else set()
        for x in candidates:
            share = _share(words[x], here)
            if share >= _SIMILAR_FROM:
                compared.append((-share, abs(x - place), x, place))
    pairs: Pairs = []
    taken_old, taken_new = set[int](), set[int]()
    for _, _, x, y in sorted(compared):
        if x not in taken_old and y not in taken_new:
            taken_old.add(x)
            taken_new.add(y)
            pairs.append((x, y))
    return pairs


def _spots(places: Sequence[int], stayed: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield for each place which gap between those that stayed it is in, and the how-manyth."""
    gap, rank = -1, 0
    for place in places:
        here = bisect_left(stayed, place)
        gap, rank = here, rank + 1 if here == gap else 0
        yield gap, rank


def _words(text: str) -> Counter[str]:
    """Count what two paragraphs are compared by."""
    words = [word.lower() for word in words_of(text)]
    solid = Counter(word for word in words if word[0].isalnum() and not is_wide(word))
    wide = [one + other for one, other in pairwise(words) if is_wide(one) and is_wide(other)]
    return solid + Counter(wide)


def _share(one: Counter[str], other: Counter[str]) -> float:
    """Return the part of both paragraphs' words that they have in common, 0..1."""
    total = one.total() + other.total()
    return 2 * sum(min(count, other[word]) for word, count in one.items()) / total if total else 0.0


def _field_changes(old: Document, new: Document) -> Iterator[FieldChange]:
    for name in _FIELDS:
        before, after = _spelled(getattr(old, name)), _spelled(getattr(new, name))
        if before != after:
            yield FieldChange(name, before, after)


def _spelled(value: str | tuple[str, ...] | None) -> str | None:
    return ", ".join(value) or None if isinstance(value, tuple) else value


def _heading_changes(pairs: Iterable[tuple[Paragraph, Paragraph]]) -> tuple[tuple[str, str], ...]:
    """Return what stands otherwise above paragraphs that are still there, each change once."""
    found: dict[tuple[str, str], None] = {}
    for old, new in pairs:
        above, new_above = ((*p.heading, *p.introduction) for p in (old, new))
        if above != new_above:
            common = common_subsequence(above, new_above)
            gone, come = _left_over(above, new_above, common)
            found[" > ".join(above[x] for x in gone), " > ".join(new_above[y] for y in come)] = None
    return tuple(found)
