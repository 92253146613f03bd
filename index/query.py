"""A question to the query that the searcher runs: words, the terms that score, what is missing.

The vocabulary of the documents takes part: it decides which words nobody wrote, whether
"solidstate" stands there as "solid state" or the other way round, and which of the other wordings
that the glossary knows are worth a look.
"""

import math
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

from index import analysis
from index.analysis import CJK_STOP_CHARACTERS, LIGHT_WORDS, STOP_WORDS, fold, stem
from index.kinds.asking import asked
from index.records import OtherWording, Phrase, Query, QueryWord, Rewording
from index.situation import Sentence, sentences

MAX_TERMS = 64  # a question of 1,000 terms would cost a second and say no more
EARLIER_SHARE = 0.5  # of a term that only the question before this one asked for
SITUATION_SHARE = 0.4  # of a term in a sentence that tells a situation and asks nothing
BARE_SHARE = 0.8  # the same where the sentences that ask have few words of their own
_BARE = 2  # words; "is there anything for us in there?" has none
OTHER_SHARE = 0.4  # of a term of another wording, where the documents have the typed one too
_MOST_ASKED, _MOST_TOLD = 2, 3  # times that a term counts in sentences that ask, and in others
_SHOUTED_WORDS = 4  # from so many words in capitals on, capitals do not make a name
_SHORTEST_HALF = 3  # of a word that is looked for as two
_LONGEST_SPLIT = 40  # characters of such a word; longer ones are no words
_PUNCTUATION = ".,;:!()[]\"“”'’"
_DIGITS = 12  # behind the point of a rarity


class Wordbook(Protocol):
    """What is known of words: by the documents, the glossary, and their abbreviations."""

    def frequencies(self, terms: Iterable[str]) -> Mapping[str, int]:
        """Return how many passages hold each term; terms that none holds are left out."""

    def wordings(self, question: str) -> Sequence[Rewording]:
        """Return the other wordings known for parts of a question; no two parts overlap."""

    def nearest(self, word: str) -> Mapping[str, str]:
        """Return the words nearest to one that no document contains, each with its term."""


class _Piece:
    """A part of the question that counts as one: a word, or what another wording stands for."""

    def __init__(
        self,
        text: str,
        words: list[analysis.Word],
        asks: bool,
        others: dict[str, tuple[str, ...]] | None = None,
        others_are_equal: bool = False,
    ) -> None:
        self.text = text  # as it was typed
        self.words = words
        self.asks = asks
        self.others = others or {}  # wording -> its terms
        self.others_are_equal = others_are_equal  # 8.5% and 8.5 percent, not words of like meaning
        self.groups: list[tuple[str, ...]] = []  # of terms; each is all of it

    @property
    def typed(self) -> list[str]:
        """The terms of its words, each as often as it stands there."""
        return [token.term for word in self.words for group in word.groups for token in group]

    def share(self, known: Container[str]) -> float:
        """Return how much a term of another wording counts."""
        return (1.0 if self.asks else SITUATION_SHARE) * self.other_share(known)

    def other_share(self, known: Container[str]) -> float:
        """Return the same as a share of the typed words."""
        has_typed = any(term in known for term in self.typed)
        return OTHER_SHARE if has_typed and not self.others_are_equal else 1.0

    @property
    def is_light(self) -> bool:
        """Whether it only asks, and names no topic."""
        return fold(self.text) in LIGHT_WORDS


def form(question: str, wordbook: Wordbook, passages: int) -> Query:
    """Make the query of a question over so many passages."""
    if question.isupper() and len(question.split()) >= _SHOUTED_WORDS:
        question = question.lower()
    words = analysis.words(question)
    told = sentences(question)
    pieces = _pieces(question, words, told, wordbook.wordings(question))
    joins = _joins(question, words, told)
    tokens = [(t, _asks(word, told)) for word in words for group in word.groups for t in group]
    known = dict(
        wordbook.frequencies(
            {token.term for token, _ in tokens}
            | {term for piece in pieces for terms in piece.others.values() for term in terms}
            | {join.joined for join in joins}
        )
    )
    for piece in pieces:
        piece.others = {
            wording: terms
            for wording, terms in piece.others.items()
            if terms and all(term in known for term in terms)
        }
    unknown = {p for p in pieces if not p.others and not any(t in known for t in p.typed)}
    splittable = {p.text for p in pieces if p in unknown and _may_split(p)}
    known.update(_halves_known(splittable, wordbook))

    times: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}  # by who asks
    for token, asks in tokens:
        times[asks][token.term] += 1
    missing: list[str] = []
    expansions: dict[str, tuple[str, ...]] = {}
    for join in joins:
        if join.joined in known:
            times[join.asks][join.joined] += 1
            expansions[join.text] = ("".join(join.text.split()),)
    # A join is beside the word that it begins with, and the one that it ends with.
    joined = {place: join for join in joins for place in (join.start, join.end)}
    topical: list[_Piece] = []
    light: list[_Piece] = []
    for piece in pieces:
        piece.groups = _covering_groups(piece)
        if len(piece.words) == 1:
            beside = (joined.get(piece.words[0].start), joined.get(piece.words[0].end))
            piece.groups += [(join.joined,) for join in beside if join and join.joined in known]
        if piece in unknown:
            if piece.is_light:
                continue
            if split := _split(piece.text, known) if piece.text in splittable else None:
                piece.groups.append((stem(split[0]), stem(split[1])))
                times[piece.asks].update(piece.groups[-1])
                expansions[piece.text] = (" ".join(split),)
            elif near := _nearest(piece, wordbook):
                piece.others = {spelling: (term,) for spelling, term in near.items()}
                known.update(wordbook.frequencies(near.values()))
        if piece.others:
            expansions[piece.text] = tuple(piece.others)
        elif not any(all(term in known for term in group) for group in piece.groups):
            missing.extend(_missing(question, piece, known))
        (light if piece.is_light else topical).append(piece)
    topical = topical or light  # a question of light words alone is about them
    own = {piece.text for piece in topical if piece.asks and piece not in unknown}
    told_share = BARE_SHARE if len(own) < _BARE else SITUATION_SHARE
    typed = {
        term: min(times[True][term], _MOST_ASKED) + told_share * min(times[False][term], _MOST_TOLD)
        for term in dict.fromkeys([*times[True], *times[False]])
        if term in known
    }
    other: dict[str, float] = {}
    for piece in topical:
        for term in (term for terms in piece.others.values() for term in terms):
            if term not in typed:
                other[term] = max(piece.share(known), other.get(term, 0.0))
    counted = dict.fromkeys(
        [
            *times[True],
            *times[False],
            *other,
            *(term for piece in topical for group in piece.groups for term in group),
        ]
    )
    rarity = {term: rarity_of(known.get(term, 0.5), passages) for term in counted}
    weights = typed | other
    if len(weights) > MAX_TERMS:
        rarest = set(sorted(weights, key=rarity.__getitem__, reverse=True)[:MAX_TERMS])
        weights = {term: weight for term, weight in weights.items() if term in rarest}
        typed = {term: weight for term, weight in typed.items() if term in rarest}
    kinds = asked(question)
    return Query(
        words=tuple(_query_word(piece, rarity, known) for piece in topical),
        weights=weights,
        typed=typed,
        situation={t: float(min(n, _MOST_TOLD)) for t, n in times[False].items() if t in typed},
        other_wordings=tuple(_other_wordings(topical, weights)),
        phrases=tuple(_phrases(tokens, told, weights)),
        rarity=rarity,
        missing=tuple(dict.fromkeys(missing)),
        expansions=expansions,
        is_bare=not kinds and _is_bare(question),
        asked=kinds,
    )


def rarity_of(frequency: float, passages: int) -> float:
    """Return the idf of a term that stands in so many of the passages; as rank_bm25's Plus.

    Rounded, for the last bit of a logarithm is not the same on every machine.
    """
    return round(math.log((passages + 1) / frequency), _DIGITS)


def following(query: Query, earlier: Query) -> Query:
    """Return a query with what only the one before it asked for, at a share of its weight.

    "And compared to last year?" goes on about what was asked before; what is missing or was
    written otherwise is told of the new question alone.
    """
    words = {word.text for word in query.words}
    carried = [
        word._replace(weight=word.weight * EARLIER_SHARE, is_carried=True)
        for word in earlier.words
        if word.text not in words
    ]
    weights, typed = dict(query.weights), dict(query.typed)
    for term, weight in earlier.weights.items():
        if term not in weights and len(weights) < MAX_TERMS:
            weights[term] = weight * EARLIER_SHARE
            if term in earlier.typed:
                typed[term] = earlier.typed[term] * EARLIER_SHARE
    others = [
        other._replace(weight=other.weight * EARLIER_SHARE) for other in earlier.other_wordings
    ]
    return query._replace(
        words=(*query.words, *carried),
        weights=weights,
        typed=typed,
        other_wordings=(*query.other_wordings, *others),
        rarity=earlier.rarity | query.rarity,
    )


def coverage(query: Query, matched: Container[str]) -> float:
    """Return the share (0..1) of the question's weight that a passage with these terms has.

    A passage has a word to the degree of the group of terms it has most of; of another wording it
    must have all. What was carried over from the question before counts as far as the passage has
    it: "and in Shanghai?" asks no more about the London of before.
    """
    total = covered = 0.0
    for word in query.words:
        best = 0.0
        for group in word.groups:
            share = 0.0
            for term, part in group:
                if term in matched:
                    share += part
            best = max(best, share)
        if any(all(term in matched for term in terms) for terms in word.others):
            best = max(best, word.other_share)
        total += word.weight * best if word.is_carried else word.weight
        covered += word.weight * best
    return min(covered / total, 1.0) if total else 0.0


def _is_bare(question: str) -> bool:
    """Say whether it has no sign of a question, but the words to look for."""
    common = STOP_WORDS | LIGHT_WORDS
    plain = (fold(word.strip(_PUNCTUATION)) for word in question.split())
    return "?" not in fold(question) and common.isdisjoint(plain)


def _query_word(piece: _Piece, rarity: Mapping[str, float], known: Container[str]) -> QueryWord:
    wholes = [sum(map(rarity.__getitem__, group)) for group in piece.groups]
    weight = wholes[0]
    if piece.others and not any(term in known for group in piece.groups for term in group):
        # The documents say it otherwise; how rare it is there is what counts.
        weight = min(sum(map(rarity.__getitem__, terms)) for terms in piece.others.values())
    return QueryWord(
        text=piece.text,
        weight=weight,
        groups=tuple(
            tuple((term, rarity[term] / whole) for term in group)
            for group, whole in zip(piece.groups, wholes, strict=True)
            if whole
        ),
        others=tuple(piece.others.values()),
        other_share=piece.other_share(known),
        asks=piece.asks,
    )


def _other_wordings(pieces: Iterable[_Piece], weights: Container[str]) -> Iterator[OtherWording]:
    for piece in pieces:
        others = [t for t in piece.others.values() if all(term in weights for term in t)]
        if others:
            yield OtherWording(
                typed=tuple(dict.fromkeys(term for term in piece.typed if term in weights)),
                weight=1.0 if piece.asks else SITUATION_SHARE,
                share=piece.other_share(weights),
                others=tuple(others),
            )


def _phrases(
    tokens: Sequence[tuple[analysis.Token, bool]],
    told: Sequence[Sentence],
    weights: Container[str],
) -> Iterator[Phrase]:
    """Yield the pairs and triples of terms that stand side by side in the question."""
    found: dict[tuple[str, ...], float] = {}

    def add(terms: tuple[str, ...], weight: float) -> None:
        if len(set(terms)) == len(terms) and all(term in weights for term in terms):
            found[terms] = max(weight, found.get(terms, 0.0))

    for sentence in told:
        own = [t.term for t, _ in tokens if sentence.start <= t.start < sentence.end]
        weight = 1.0 if sentence.asks else SITUATION_SHARE
        for size in (2, 3):
            for terms in zip(*(own[first:] for first in range(size)), strict=False):
                add(terms, weight)
    return (Phrase(terms, weight) for terms, weight in found.items())


def _pieces(
    question: str,
    words: Sequence[analysis.Word],
    told: Sequence[Sentence],
    wordings: Sequence[Rewording],
) -> list[_Piece]:
    """Return the parts of the question that count as one each, in order.

    Words that another wording stands for are one piece. A run of CJK characters is cut where other
    wordings begin and end, and what is left between them may be a piece as well.
    """
    pieces: list[_Piece] = []
    open_: tuple[Rewording, _Piece] | None = None
    for word in words:
        here = [w for w in wordings if w.start < word.end and word.start < w.end]
        if word.is_cjk and here:
            for start, end, wording in _stretches(word, here):
                part = _cut(word, start, end)
                is_word = not CJK_STOP_CHARACTERS.issuperset(question[start:end][1:])
                if part is None or not (wording or is_word):
                    continue
                if wording and open_ is not None and open_[0] is wording:
                    open_[1].words.append(part)  # 63.6万 is a word and a run
                    continue
                text = question[wording.start : wording.end] if wording else question[start:end]
                others = _terms_of(wording) if wording else {}
                equal = wording is not None and wording.is_equal
                pieces.append(_Piece(text, [part], _asks(word, told), others, equal))
                open_ = (wording, pieces[-1]) if wording else open_
        elif here:
            if open_ is not None and open_[0] is here[0]:
                open_[1].words.append(word)
            else:
                text = question[here[0].start : here[0].end]
                others, equal = _terms_of(here[0]), here[0].is_equal
                piece = _Piece(text, [word], _asks(word, told), others, equal)
                pieces.append(piece)
                open_ = here[0], piece
        else:
            pieces.append(_Piece(question[word.start : word.end], [word], _asks(word, told)))
    return pieces


def _terms_of(wording: Rewording) -> dict[str, tuple[str, ...]]:
    return {other: tuple(dict.fromkeys(analysis.terms(other))) for other in wording.others}


def _stretches(
    word: analysis.Word, wordings: Sequence[Rewording]
) -> Iterator[tuple[int, int, Rewording | None]]:
    """Yield what of a run has another wording, and what stands between."""
    at = word.start
    for wording in wordings:
        start, end = max(wording.start, word.start), min(wording.end, word.end)
        if at < start:
            yield at, start, None
        yield start, end, wording
        at = end
    if at < word.end:
        yield at, word.end, None


def _cut(word: analysis.Word, start: int, end: int) -> analysis.Word | None:
    """Return the part of a run of CJK characters between two places; None where it has no terms.

    A pair over its end belongs to it, so that no pair of the run is lost.
    """
    groups = (tuple(t for t in g if start <= t.start < end) for g in word.groups)
    kept = tuple(group for group in groups if group)
    return word._replace(start=start, end=end, groups=kept) if kept else None


def _asks(word: analysis.Word, told: Sequence[Sentence]) -> bool:
    if len(told) < 2:
        return True
    return next((s.asks for s in told if s.start <= word.start < s.end), True)


def _nearest(piece: _Piece, wordbook: Wordbook) -> Mapping[str, str]:
    """Return the nearest spellings of a word that no document contains, with their terms."""
    (word, *more) = piece.words
    return {} if more or word.is_cjk else wordbook.nearest(piece.text)


def _covering_groups(piece: _Piece) -> list[tuple[str, ...]]:
    """Return the groups of terms that stand for the piece.

    Single CJK characters are in most texts, so a run is covered by its pairs; pairs with a
    function character depend on the sentence, not on the topic.
    """
    if len(piece.words) > 1:
        return [tuple(t.term for word in piece.words for t in word.groups[0])]
    (word,) = piece.words
    groups = [tuple(token.term for token in group) for group in word.groups]
    if not word.is_cjk:
        return groups
    topical = tuple(
        term for term in groups[0] if len(term) == 1 or CJK_STOP_CHARACTERS.isdisjoint(term)
    )
    return [topical] if topical else [groups[-1]]


class _Join(NamedTuple):
    """Two words that a space parts, written as one."""

    text: str  # as typed
    joined: str  # the term
    start: int
    end: int
    asks: bool


def _joins(question: str, words: Sequence[analysis.Word], told: Sequence[Sentence]) -> list[_Join]:
    """Return each two neighbouring words as one."""
    joins = []
    for word, following_ in pairwise(words):
        left, right = question[word.start : word.end], question[following_.start : following_.end]
        if following_.start != word.end + 1 or word.is_cjk or following_.is_cjk:
            continue
        if left.isalpha() and right.isalpha():
            text = question[word.start : following_.end]
            joined = stem(fold(left + right))
            joins.append(_Join(text, joined, word.start, following_.end, _asks(word, told)))
    return joins


def _halves(text: str) -> list[tuple[str, str]]:
    folded = fold(text)
    places = range(_SHORTEST_HALF, len(folded) - _SHORTEST_HALF + 1)
    return [
        (folded[:place], folded[place:])
        for place in places
        if folded[:place] not in STOP_WORDS and folded[place:] not in STOP_WORDS
    ]


def _may_split(piece: _Piece) -> bool:
    is_word = len(piece.words) == 1 and not piece.words[0].is_cjk
    return is_word and len(piece.text) <= _LONGEST_SPLIT and piece.text.isalpha()


def _halves_known(texts: Iterable[str], wordbook: Wordbook) -> Mapping[str, int]:
    """Look up the halves of words that no document contains."""
    halves = {stem(half) for text in texts for both in _halves(text) for half in both}
    return wordbook.frequencies(halves) if halves else {}


def _split(text: str, known: Mapping[str, int]) -> tuple[str, str] | None:
    """Return the two known words that an unknown one is made of; of several, the commonest."""
    found = [both for both in _halves(text) if all(stem(half) in known for half in both)]
    return max(found, key=lambda both: min(known[stem(half)] for half in both), default=None)


def _missing(question: str, piece: _Piece, known: Mapping[str, int]) -> list[str]:
    """Return the parts of a piece, as typed, that no document contains.

    A character between known pairs is missing only if it stands nowhere by itself either.
    """
    return [part for word in piece.words for part in _missing_of(question, word, known)]


def _missing_of(question: str, word: analysis.Word, known: Mapping[str, int]) -> list[str]:
    if not word.is_cjk:
        return [question[t.start : t.end] for t in word.groups[0] if t.term not in known]
    singles = {question[t.start : t.end] for t in word.groups[-1] if t.term in known}
    present = bytearray(word.end - word.start)
    for t in word.groups[0]:
        if t.term in known:
            present[t.start - word.start : t.end - word.start] = b"\x01" * (t.end - t.start)
    pieces, start = [], word.start
    for place in range(word.start, word.end + 1):
        if place == word.end or present[place - word.start]:
            piece = question[start:place].strip("".join(CJK_STOP_CHARACTERS))
            if piece and piece not in singles:
                pieces.append(piece)
            start = place + 1
    return pieces
