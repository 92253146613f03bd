"""A text to the pieces of passages that it is made of, from its beginning to its end.

Each piece is the longest that a passage has from there on, which makes the fewest pieces. What no
piece covers is a gap. A piece may be as short as a word where the text runs on from the end of one
passage to the beginning of the next.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

from index.quote_places import Holdings, Places
from index.wording import Wording, signs

SHORTEST = 8  # weight of a piece: four words, or eight Chinese characters
_WINDOW = 8  # words that a look-up of passages takes together
_STRIDE = 4  # words from one look-up to the next
_OVERLAP = 40  # signs that two neighbouring pieces may have in common
_REMEMBERED = 4096  # passages whose wording is held


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of the text that stands in a passage in the same wording."""

    start: int  # signs of the text
    end: int
    passage: int  # number
    place: int  # signs of the passage's wording before it
    size: int  # signs of the passage's wording in all

    @property
    def begins_passage(self) -> bool:
        """Whether nothing of the passage stands before it."""
        return self.place == 0

    @property
    def ends_passage(self) -> bool:
        """Whether nothing of the passage stands behind it."""
        return self.place + self.end - self.start == self.size


class Wordings:
    """The wordings of passages, read when they are first needed."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._signs: dict[int, str] = {}

    def load(self, numbers: Sequence[int]) -> None:
        """Read several passages at once."""
        missing = [number for number in numbers if number not in self._signs]
        if len(self._signs) + len(missing) > _REMEMBERED:
            self._signs.clear()
            missing = list(numbers)
        if missing:
            texts = self._holdings.texts(missing)
            self._signs.update(zip(missing, map(signs, texts), strict=True))

    def follows(self, number: int) -> bool:
        """Say whether a passage stands behind another one of its document."""
        before, here = self._holdings.passages([number - 1, number])
        return before.document.id == here.document.id

    def __getitem__(self, number: int) -> str:
        if number not in self._signs:
            self.load([number])
        return self._signs[number]


def cover(asked: Wording, places: Places, wordings: Wordings) -> list[Run]:
    """Return the pieces of passages that make up the text, in its order."""
    runs: list[Run] = []
    stretches: dict[int, list[int]] = {}  # stretch of the text -> passages that may have it
    starts = [start for start, _ in asked.words]
    word = 0
    while word < len(starts):
        run = _next(asked, places, wordings, stretches, word, runs[-1] if runs else None)
        if run is None:
            word += 1
            continue
        if runs and runs[-1].end == run.start:
            runs[-1], run = _parted(asked, wordings, runs[-1], run)
        runs += [*_run_up(asked, wordings, run, runs[-1].end if runs else 0), run]
        while word < len(starts) and starts[word] < run.end:
            word += 1
    return runs


def _next(
    asked: Wording,
    places: Places,
    wordings: Wordings,
    stretches: dict[int, list[int]],
    word: int,
    before: Run | None,
) -> Run | None:
    """Return the longest run that begins with a word, if one is long enough."""
    start = asked.words[word][0]
    near: list[int] = []
    if before is not None:
        if before.ends_passage and before.end == start:
            onward = _running_on(asked, wordings, start, before.passage + 1)
            if onward is not None:
                return onward
        near = [before.passage, before.passage + 1]
    shortest = _shortest_end(asked, word)
    if shortest is None:
        return None
    stretch = word // _STRIDE
    for number in (stretch, stretch + 1):
        if number not in stretches and number * _STRIDE < len(asked.words):
            begins = asked.words[number * _STRIDE][0]
            stretches[number] = places.of_stretch(asked.places[begins], _WINDOW)
            wordings.load(stretches[number])
        near += stretches.get(number, ())
    least = asked.signs[start:shortest]
    best: Run | None = None
    for number in dict.fromkeys(near):
        held = wordings[number]
        if least not in held:
            continue
        run = _longest(asked, start, shortest, number, held)
        if best is None or run.end > best.end:
            best = run
    return best


def _shortest_end(asked: Wording, word: int) -> int | None:
    """Return where the shortest piece that begins with a word ends."""
    wanted = asked.weights[word] + SHORTEST
    if wanted > asked.weight:
        return None
    while asked.weights[word] < wanted:
        word += 1
    return asked.words[word - 1][1]


def _longest(asked: Wording, start: int, sure: int, number: int, held: str) -> Run:
    """Return the longest run from a place of the text, of which the beginning is known to stand."""
    step = 16
    most = len(asked.signs)
    failed = most + 1
    while sure < most and step:
        end = min(sure + step, most, failed - 1)
        if end > sure and asked.signs[start:end] in held:
            sure = end
            step *= 2
        else:
            failed = min(failed, end)
            step = min(step, failed - sure) // 2
    # Up to the end of a word: what is the same further on is so by chance.
    ends = asked.words[: bisect_right(asked.words, sure, key=itemgetter(1))]
    place = held.find(asked.signs[start:sure])
    return Run(start, ends[-1][1], number, place, len(held))


def _running_on(asked: Wording, wordings: Wordings, start: int, number: int) -> Run | None:
    """Return the run with which the text goes on at the beginning of a passage."""
    held = wordings[number]
    same = _same(asked.signs[start : start + len(held)], held)
    ends = asked.words[: bisect_right(asked.words, start + same, key=itemgetter(1))]
    end = max(start, ends[-1][1]) if ends else start
    is_whole = end == len(asked.signs) or end - start == len(held)
    if end == start or not (is_whole or asked.weight_between(start, end) >= SHORTEST):
        return None
    return Run(start, end, number, 0, len(held)) if wordings.follows(number) else None


def _parted(asked: Wording, wordings: Wordings, before: Run, run: Run) -> tuple[Run, Run]:
    """Return two neighbours, parted where the text is if both have what stands there.

    The first may have gone on into the second by words that its passage has by chance, such as the
    article that its next sentence begins with as well; so they part where most stands between.
    """
    held = wordings[run.passage]
    parting: tuple[int, int] | None = None  # signs to go back, signs between words there
    for back in range(_OVERLAP):
        start = run.start - back
        if start <= before.start or back > run.place:
            break
        if back and asked.signs[start] != held[run.place - back]:
            break
        between = asked.places[start] - asked.places[start - 1] - 1
        if between > (parting[1] if parting else 0):
            parting = back, between
    if parting is None:
        return before, run
    start, place = run.start - parting[0], run.place - parting[0]
    return replace(before, end=start), replace(run, start=start, place=place)


def _run_up(asked: Wording, wordings: Wordings, run: Run, free_from: int) -> list[Run]:
    """Return the runs, too short by themselves, with which the text comes to this one."""
    found: list[Run] = []
    while run.begins_passage and run.start > free_from and run.passage:
        held = wordings[run.passage - 1]
        before = asked.signs[max(free_from, run.start - len(held)) : run.start]
        same = _same(before[::-1], held[::-1])
        start = run.start - same
        is_whole = same == len(held) or start == free_from
        if not same or not is_whole or not wordings.follows(run.passage):
            break
        run = Run(start, run.start, run.passage - 1, len(held) - same, len(held))
        found.insert(0, run)
    return found


def _same(text: str, other: str) -> int:
    """Return how many characters both begin with."""
    differing = (place for place, (a, b) in enumerate(zip(text, other, strict=False)) if a != b)
    return next(differing, min(len(text), len(other)))
