"""Cut a text so that it fits a message when escaped: between words, never inside a character."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from bot.discord_app.characters import CJK, character_places, kind_of
from bot.discord_app.displaying import one_to_one, shown, units
from bot.discord_app.escaping import ALWAYS, COMING, WORD_JOINER, escape_shown, prepared

ELLIPSIS = "…"


def window(text: str, keep: tuple[int, int], most: int) -> tuple[int, int]:
    """Return the largest span of a text that fits a message, around what must be kept.

    Spans are code points of the raw text, `most` (20 or more) is UTF-16 units of the escaped span.
    The whole text if it fits; else all of `keep` if that fits; else the beginning of `keep`. A
    span begins and ends at white space or between Chinese, Japanese or Korean characters, inside
    a word only if the word alone does not fit or `keep` cuts it, and inside what a reader takes
    for one character never. Of spans of one length, the one with `keep` nearest to its middle.
    """
    plain = shown(text)
    if units(escape_shown(plain)) <= most:
        return 0, len(text)
    raw = _origins(text, plain)
    first, last = (bisect_left(raw, min(max(place, 0), len(text))) for place in keep)
    first, last = _trimmed(plain, first, max(first, last))
    # Every character costs a unit at least, so the rest cannot matter.
    low = _whole_character(plain, max(first - 2 * most, 0))
    near = _divided(plain[low : last + 2 * most], most)
    start, end = (low + place for place in _span(near, first - low, last - low, most))
    raw = [*raw, len(text)]
    # What is not shown behind the span, such as the fifth mark on its last letter, belongs to it.
    return raw[start], raw[end] if end > start else raw[start]


def _whole_character(text: str, place: int) -> int:
    """Return the next place before this one where a character surely begins."""
    while place and (kind_of(text[place]) not in "wc " or kind_of(text[place - 1]) == "j"):
        place -= 1
    return place


def shortened(text: str, most: int) -> str:
    """Return the escaped beginning of a text in at most `most` UTF-16 units.

    An ellipsis says that something was left out; the cut is made as in `window`.
    """
    plain = shown(text)
    whole = escape_shown(plain)
    if units(whole) <= most:
        return whole
    room = most - units(ELLIPSIS)
    end = _largest_end(_divided(plain[: 2 * most], room), 0, room)
    return (escape_shown(plain[:end]) + ELLIPSIS)[: max(most, 0)]


@dataclass(frozen=True, slots=True)
class _Divided:
    """A text that is all shown, with its cost when escaped and the places where it may be cut."""

    text: str
    cost: list[int]  # cost[p]: UTF-16 units of the escaped text before p
    extra: bytearray  # extra[p]: what a span costs more because it begins at p
    starts: list[int]  # where a word begins, or may be cut because it is too long
    ends: list[int]
    characters: list[int]  # where a character, as a reader sees it, begins or ends


def _origins(text: str, plain: str) -> Sequence[int]:
    """Return the position in the text of each character that is shown of it."""
    if len(text) == len(plain):
        return range(len(text))
    origins = []
    awaited = iter(plain)
    character = next(awaited, None)
    for position, candidate in enumerate(one_to_one(text)):
        if candidate == character:
            origins.append(position)
            character = next(awaited, None)
    return origins


def _trimmed(text: str, first: int, last: int) -> tuple[int, int]:
    """Return a span without the white space at its ends."""
    while first < last and text[first].isspace():
        first += 1
    while first < last and text[last - 1].isspace():
        last -= 1
    return first, last


def _span(divided: _Divided, first: int, last: int, most: int) -> tuple[int, int]:
    """Return the largest span around [first, last) that fits, or else from `first` on."""
    starts = _up_to(divided.starts, first)
    ends = _from(divided.ends, last)
    if not _can_hold(divided, starts, ends, most):
        # `keep` may begin or end inside a word.
        starts = sorted({*starts, *_up_to(divided.characters, first)[-1:]})
        ends = sorted({*ends, *_from(divided.characters, last)[:1]})
    if _can_hold(divided, starts, ends, most):
        return _largest(divided, starts, ends, (first, last), most)
    start = _up_to(divided.starts, first)[-1:]
    if not start or _largest_end(divided, start[0], most) <= first:
        start = _up_to(divided.characters, first)[-1:]
    return start[0], _largest_end(divided, start[0], most)


def _up_to(places: list[int], position: int) -> list[int]:
    return places[: bisect_right(places, position)]


def _from(places: list[int], position: int) -> list[int]:
    return places[bisect_left(places, position) :]


def _can_hold(divided: _Divided, starts: list[int], ends: list[int], most: int) -> bool:
    """Say whether the smallest of these spans fits."""
    return bool(starts and ends) and _cost(divided, starts[-1], ends[0]) <= most


def _cost(divided: _Divided, start: int, end: int) -> int:
    return units(escape_shown(divided.text[start:end]))


def _largest(
    divided: _Divided, starts: list[int], ends: list[int], keep: tuple[int, int], most: int
) -> tuple[int, int]:
    """Return the longest span that fits, and of the longest the most even around `keep`."""
    costs = [divided.cost[end] for end in ends]
    best = (ends[0] - starts[-1], 0, starts[-1], ends[0])
    nearest = bisect_left(starts, costs[0] - most, key=divided.cost.__getitem__)
    for start in starts[nearest:]:
        found = bisect_right(costs, most + divided.cost[start] - divided.extra[start]) - 1
        if found >= 0:
            end = ends[found]
            uneven = abs((keep[0] - start) - (end - keep[1]))
            best = max(best, (end - start, -uneven, start, end))
    _, _, start, end = best
    place = bisect_left(ends, end)
    while place and _cost(divided, start, end) > most:
        place -= 1
        end = ends[place]
    return start, end


def _largest_end(divided: _Divided, start: int, most: int) -> int:
    """Return where the longest span from `start` on that fits ends; `start` if none does."""
    for places in (divided.ends, divided.characters):
        low = bisect_right(places, start)
        limit = most + divided.cost[start] - divided.extra[start]
        place = bisect_right(places, limit, key=divided.cost.__getitem__) - 1
        while place >= low and _cost(divided, start, places[place]) > most:
            place -= 1
        if place >= low:
            return places[place]
    return start


_LINE_MARK = re.compile(r"[#+>-]|(?<![0-9])[0-9]++[.)](?=\s|\Z)")


def _divided(text: str, most: int) -> _Divided:
    """Weigh a text that is all shown, and find where it may be cut for spans of `most` units."""
    own = bytearray(_weights(prepared(text)))
    extra = bytearray(len(text) + 1)
    for match in _LINE_MARK.finditer(text):
        if own[match.end() - 1] == 1:  # not escaped there as yet
            length = max(match.end() - match.start() - 1, 1)
            extra[match.start() : match.start() + length] = b"\x01" * length
    cost = list(accumulate(own, initial=0))
    kinds = text.translate({ord(character): kind_of(character) for character in set(text)})
    characters = character_places(kinds, cost)
    starts, ends = [], []
    word: list[int] = []  # its characters begin here
    for place, after in pairwise(characters):
        if kinds[place] == " ":
            continue
        word.append(place)
        if after < len(kinds) and not _parts(kinds[place], kinds[after]):
            continue
        if cost[after] - cost[word[0]] + extra[word[0]] <= most:
            starts.append(word[0])
        else:
            starts += word
            ends += word[1:]
        ends.append(after)
        word = []
    return _Divided(text, cost, extra, starts, ends, characters)


def _weights(prepared: str) -> list[int]:
    """Return the UTF-16 units of each character with what is inserted for it."""
    weights: list[int] = []
    before = 0
    for character in prepared:
        if character == COMING:
            before = 1
        elif character == WORD_JOINER:
            weights[-1] += 1
        else:
            weights.append(1 + before + (character > "\uffff" or character in ALWAYS))
            before = 0
    return weights


def _parts(before: str, after: str) -> bool:
    """Say whether a word may end between characters that begin with these kinds."""
    return after == " " or (before in CJK and after in CJK)
