"""Whether a text stands in the documents, word for word or how it differs.

The passages that the terms of the text point to are read and compared, so every match is a place
where it can be looked up. Stricter findings come first: as it is, in the same wording, as pieces
that make up the whole, and only then as a passage that says something else in places.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from index.common_sequence import common_subsequence
from index.covering import Run, Wordings, cover
from index.passages import SPLIT_ABOVE
from index.patterns import lazily
from index.quote_places import Holdings, Places
from index.records import Passage, QuoteCheck, QuoteMatch, QuoteOutcome
from index.word_diff import word_diff
from index.wording import Wording, is_of_number, signs, wording

# Share of the text's weight that one passage must have, in order and close together, to be what
# the text misquotes. Half of it is a topic in common: a question and its answer have as much.
DIFFERENT_FROM = 0.6
MOST_MATCHES = 20
_OTHER_PLACE = (
    16  # weight of a piece (eight words) that makes a text with gaps one of several places
)
_MOST_READ = 20_000  # passages; where more may hold the text, all are looked through in order
_MOST_FOLDED = 400  # passages whose wording is compared as a whole
_MOST_NAMED = 100  # passages whose title and headings are compared
_BATCH = 500  # passages read at once
_NEAREST = 16  # passages that a text is compared with word by word
_ROOM = 1.25  # how much longer than the text its stretch of a passage may be
_SURROGATES = lazily("[\ud800-\udfff]")  # no text, and no file holds them
_ELLIPSIS = lazily(r"\.\.|…|\. \.")
_QUOTATION_MARKS = "\"'“”‘’„‚«»‹›「」『』《》〈〉〝〞＂＇`´"


def check_quote(text: str, holdings: Holdings) -> QuoteCheck:
    """Say whether a text stands in the documents, and where."""
    text = _SURROGATES.sub("\ufffd", text).strip()
    bare = text.strip(_QUOTATION_MARKS).strip() or text
    if not bare:
        return _check(text, "not_found", ())
    places = Places(bare, holdings)
    candidates = places.of_all()
    for asked in dict.fromkeys((text, bare)):
        if exact := _exact(asked, places, candidates, holdings):
            return _check(asked, "exact", exact)
    asked_wording = wording(bare)
    if not asked_wording.words:
        return _check(bare, "not_found", ())
    check = _Check(bare, asked_wording, holdings, places, Wordings(holdings))
    return (
        check.near(candidates[:_MOST_FOLDED])
        or check.in_names(candidates[:_MOST_NAMED])
        or check.by_pieces()
    )


def _check(
    text: str,
    outcome: QuoteOutcome,
    matches: Sequence[QuoteMatch],
    gaps: Sequence[tuple[int, int]] = (),
    *,
    runs_on: bool = False,
) -> QuoteCheck:
    return QuoteCheck(text, outcome, tuple(matches), tuple(gaps), runs_on)


def _exact(
    text: str, places: Places, candidates: Sequence[int], holdings: Holdings
) -> list[QuoteMatch]:
    """Return the first passages that hold the text as it is."""
    if len(text) > SPLIT_ABOVE or not places.may_be_whole:
        return []
    numbers: list[int] = []
    is_in_many = len(candidates) > _MOST_READ
    for first in range(0, 0 if is_in_many else len(candidates), _BATCH):
        batch = candidates[first : first + _BATCH]
        held = holdings.texts(batch)
        numbers += [n for n, passage in zip(batch, held, strict=True) if text in passage]
        if len(numbers) >= MOST_MATCHES:
            break
    if is_in_many or (not numbers and not places.has_terms):
        numbers = holdings.containing(text, MOST_MATCHES)
    passages = holdings.passages(numbers[:MOST_MATCHES])
    return [QuoteMatch(passage, "text", text, 0, len(text), ()) for passage in passages]


@dataclass(frozen=True, slots=True)
class _Check:
    """A text that stands nowhere as it is."""

    text: str
    asked: Wording
    holdings: Holdings
    places: Places
    wordings: Wordings

    def near(self, numbers: Sequence[int]) -> QuoteCheck | None:
        """Return the passages that hold the text in its wording, if there are any."""
        self.wordings.load(numbers)
        found = [number for number in numbers if self._place_in(self.wordings[number]) is not None]
        if not found:
            return None
        matches = []
        for passage in self.holdings.passages(sorted(found)[:MOST_MATCHES]):
            held = wording(passage.text)
            place = self._place_in(held.signs)
            assert place is not None, "it was found in the same wording before"
            span = held.span(place, place + len(self.asked.signs))
            matches.append(self._match(passage, span, (0, len(self.text))))
        return _check(self.text, "near", matches)

    def in_names(self, numbers: Sequence[int]) -> QuoteCheck | None:
        """Return the titles and headings above some passages that have the text."""
        found: dict[tuple[str, str], QuoteMatch] = {}
        for passage in self.holdings.passages(numbers):
            names: list[tuple[Literal["title", "heading"], str]] = [
                ("title", passage.document.title),
                *(("heading", heading) for heading in passage.heading),
            ]
            for part, name in names:
                if (passage.document.id, name) in found or self._place_in(signs(name)) is None:
                    continue
                diff = () if self.text in name else word_diff(self.text, name)
                text = name if diff else self.text
                match = QuoteMatch(passage, part, text, 0, len(self.text), diff)
                found[passage.document.id, name] = match
        exact = [match for match in found.values() if not match.diff]
        matches = exact or list(found.values())
        if not matches:
            return None
        return _check(self.text, "exact" if exact else "near", matches[:MOST_MATCHES])

    def _place_in(self, held: str) -> int | None:
        """Return where a wording holds the text's, numbers at its ends being whole."""
        wanted = self.asked.signs
        place = held.find(wanted)
        while place >= 0:
            end = place + len(wanted)
            cuts_first = wanted[0].isdecimal() and place and is_of_number(held[place - 1])
            cuts_last = wanted[-1].isdecimal() and end < len(held) and is_of_number(held[end])
            if not cuts_first and not cuts_last:
                return place
            place = held.find(wanted, place + 1)
        return None

    def by_pieces(self) -> QuoteCheck:
        """Say what the text is made of, or which passage it differs from."""
        asked = self.asked
        runs = cover(asked, self.places, self.wordings)
        numbers = self._likeliest(runs)
        if near := self.near(sorted(numbers)):
            return near
        gaps = _gaps(asked, runs)
        is_covered = 2 * sum(self._weight(run) for run in runs) >= asked.weight
        is_joined = is_covered and len(runs) > 1
        is_altered = not is_joined or not self._is_of_several(runs, has_gaps=bool(gaps))
        if is_altered and (different := self._different(numbers)):
            return different
        if not is_joined:
            return _check(self.text, "not_found", ())
        if not gaps and self._run_on(runs):
            return self._running_on(runs)
        spans = [asked.span(start, end) for start, end in gaps]
        return _check(self.text, "joined", self._matches(runs), spans)

    def _weight(self, run: Run) -> int:
        return self.asked.weight_between(run.start, run.end)

    def _likeliest(self, runs: Sequence[Run]) -> list[int]:
        """Return the passages that have most of the text."""
        votes: Counter[int] = Counter()
        for run in runs:
            votes[run.passage] += self._weight(run)
        if 2 * votes.total() < self.asked.weight:
            votes.update(self.places.of_stretches())
        return [number for number, _ in votes.most_common(_NEAREST)]

    def _is_of_several(self, runs: Sequence[Run], *, has_gaps: bool) -> bool:
        """Say whether pieces of several places were put together, not one of them altered."""
        if not has_gaps:
            if len({self._paragraph(run) for run in runs}) > 1 or self._run_on(runs):
                return True
            # Within one paragraph words may be left out where the text says so.
            between = [
                self.text[self.asked.places[a.end - 1] + 1 : self.asked.places[b.start]]
                for a, b in pairwise(runs)
            ]
            return all(_ELLIPSIS.search(marks) for marks in between)
        heaviest = self._paragraph(max(runs, key=self._weight))
        return any(
            self._weight(run) >= _OTHER_PLACE and self._paragraph(run) != heaviest for run in runs
        )

    def _paragraph(self, run: Run) -> tuple[str, int]:
        (passage,) = self.holdings.passages([run.passage])
        return passage.document.id, passage.paragraph

    def _run_on(self, runs: Sequence[Run]) -> bool:
        """Say whether the pieces follow each other in a document as they do in the text."""
        return all(
            before.ends_passage
            and after.begins_passage
            and after.passage == before.passage + 1
            and self.wordings.follows(after.passage)
            for before, after in pairwise(runs)
        )

    def _running_on(self, runs: Sequence[Run]) -> QuoteCheck:
        """Return the check of a text that runs over passages which follow each other."""
        matches = self._matches(runs)
        if len({self._paragraph(run) for run in runs}) > 1:
            return _check(self.text, "joined", matches, runs_on=True)
        between = [self.text[a.asked_end : b.asked_start] for a, b in pairwise(matches)]
        is_exact = not any(match.diff for match in matches) and not "".join(between).strip()
        return _check(self.text, "exact" if is_exact else "near", matches, runs_on=True)

    def _matches(self, runs: Sequence[Run]) -> list[QuoteMatch]:
        """Return the pieces with the punctuation around them."""
        matches: list[QuoteMatch] = []
        numbers = list({run.passage for run in runs})
        passages = dict(zip(numbers, self.holdings.passages(numbers), strict=True))
        wordings = {number: wording(passage.text) for number, passage in passages.items()}
        free_from = 0
        for place, run in enumerate(runs):
            is_last = place == len(runs) - 1
            free_to = len(self.text) if is_last else self.asked.places[runs[place + 1].start]
            bare = self.asked.span(run.start, run.end)
            around = _outward(self.text, *bare, free_from, free_to)
            passage = passages[run.passage]
            held = wordings[run.passage].span(run.place, run.place + run.end - run.start)
            match = self._match(passage, held, around)
            if match.diff and not (plain := self._match(passage, held, bare)).diff:
                match = plain  # only the point that ends the piece is the text's own
            matches.append(match)
            free_from = match.asked_end
        return matches

    def _match(self, passage: Passage, held: tuple[int, int], asked: tuple[int, int]) -> QuoteMatch:
        """Return a match; the punctuation around it is taken along as far as the text has some."""
        text = self.text[slice(*asked)]
        start, end = held
        first, last = _outward(passage.text, start, end, 0, len(passage.text))
        for place in (start - _left_out_before(text), first):
            if (
                not signs(text[:1])
                and place >= first
                and (place == first or text.startswith(passage.text[place:start]))
            ):
                start = place
                break
        for place in (end + _left_out_behind(text), last):
            if (
                not signs(text[-1:])
                and place <= last
                and (place == last or text.endswith(passage.text[end:place]))
            ):
                end = place
                break
        stands = passage.text[start:end]
        diff = () if stands == text else word_diff(text, stands)
        return QuoteMatch(passage, "text", stands, *asked, diff)

    def _different(self, numbers: Sequence[int]) -> QuoteCheck | None:
        """Return the nearest stretch of the passages, if it has enough of the text."""
        best: tuple[int, Passage, tuple[int, int]] | None = None
        for passage in self.holdings.passages(numbers):
            held = wording(passage.text)
            if held.weight < DIFFERENT_FROM * self.asked.weight:
                continue
            weight, span = _nearest(self.asked, held)
            if weight >= DIFFERENT_FROM * self.asked.weight and (best is None or weight > best[0]):
                best = weight, passage, span
        if best is None:
            return None
        _, passage, span = best
        match = self._match(passage, span, (0, len(self.text)))
        return _check(self.text, "different", [match])


def _gaps(asked: Wording, runs: Sequence[Run]) -> list[tuple[int, int]]:
    """Return the spans of signs whose words no run has."""
    gaps = []
    ends = [0, *(run.end for run in runs)]
    starts = [*(run.start for run in runs), len(asked.signs)]
    for start, end in zip(ends, starts, strict=True):
        if start < end:
            gaps.append((start, end))
    return gaps


def _nearest(asked: Wording, held: Wording) -> tuple[int, tuple[int, int]]:
    """Return the stretch of a passage that has most of a text, and the weight that it has."""
    wanted = [asked.signs[start:end] for start, end in asked.words]
    there = [held.signs[start:end] for start, end in held.words]
    room = int(len(wanted) * _ROOM) + 2
    first = _richest(wanted, there, room)
    pairs = common_subsequence(wanted, there[first : first + room])
    if not pairs:
        return 0, (0, 0)
    weight = sum(asked.weights[place + 1] - asked.weights[place] for place, _ in pairs)
    # What the text has before and behind is compared with what stands there.
    start = max(0, first + pairs[0][1] - pairs[0][0])
    behind = len(wanted) - pairs[-1][0]
    end = min(len(there), first + pairs[-1][1] + behind)
    return weight, held.span(held.words[start][0], held.words[end - 1][1])


def _richest(wanted: Sequence[str], there: Sequence[str], room: int) -> int:
    """Return where the stretch of so many words begins that shares most words with a text."""
    left = Counter(wanted)
    shared, best, most = 0, 0, 0
    for place, word in enumerate(there):
        left[word] -= 1
        shared += left[word] >= 0
        if place >= room:
            gone = there[place - room]
            shared -= left[gone] >= 0
            left[gone] += 1
        if shared > most:
            best, most = max(0, place - room + 1), shared
    return best


def _outward(text: str, start: int, end: int, first: int, last: int) -> tuple[int, int]:
    """Widen a span over the punctuation that touches it."""
    while start > first and not text[start - 1].isspace() and not signs(text[start - 1]):
        start -= 1
    while end < last and not text[end].isspace() and not signs(text[end]):
        end += 1
    return start, end


def _left_out_before(text: str) -> int:
    """Return how many characters stand before the first sign."""
    return next((place for place, character in enumerate(text) if signs(character)), 0)


def _left_out_behind(text: str) -> int:
    return _left_out_before(text[::-1])
