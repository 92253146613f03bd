"""A question to the query that the searcher runs: words, the terms that score, what is missing.

The vocabulary of the documents takes part: it decides which words nobody wrote, and whether
"solidstate" stands there as "solid state" or the other way round.
"""

import math
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from index import analysis
from index.analysis import CJK_STOP_CHARACTERS, LIGHT_WORDS, STOP_WORDS, fold, stem
from index.records import Query, QueryWord

MAX_TERMS = 64  # a question of 1,000 terms would cost a second and say no more
LIGHT_SHARE = 0.7  # of a term that only words which ask for something stand for
EARLIER_SHARE = 0.5  # of a term that only the question before this one asked for
_SHOUTED_WORDS = 4  # from so many words in capitals on, capitals do not make a name
_SHORTEST_HALF = 3  # of a word that is looked for as two
_LONGEST_SPLIT = 40  # characters of such a word; longer ones are no words

# How many passages hold each of some terms; terms that none holds are left out.
DocumentFrequencies = Callable[[Iterable[str]], Mapping[str, int]]


def form(question: str, document_frequencies: DocumentFrequencies, passages: int) -> Query:
    """Make the query of a question over so many passages."""
    if question.isupper() and len(question.split()) >= _SHOUTED_WORDS:
        question = question.lower()
    words = analysis.words(question)
    joins = _joins(question, words)
    known = dict(
        document_frequencies(
            {token.term for word in words for group in word.groups for token in group}
            | set(joins.values())
        )
    )
    unknown = {
        place
        for place, word in enumerate(words)
        if not any(token.term in known for group in word.groups for token in group)
    }
    splittable = {
        place: question[words[place].start : words[place].end]
        for place in unknown
        if _may_split(question, words[place])
    }
    known.update(_halves_known(splittable.values(), document_frequencies))

    parts: list[tuple[str, list[tuple[str, ...]]]] = []
    light: list[tuple[str, list[tuple[str, ...]]]] = []
    counts: Counter[str] = Counter()
    missing: list[str] = []
    expansions: dict[str, tuple[str, ...]] = {}
    for place, word in enumerate(words):
        text = question[word.start : word.end]
        is_light = fold(text) in LIGHT_WORDS
        if is_light and place in unknown:
            continue
        groups = _covering_groups(word)
        counts.update(token.term for group in word.groups for token in group)
        for joined in (joins.get(place - 1), joins.get(place)):
            if joined in known and joined is not None:
                groups.append((joined,))
        if place in joins and joins[place] in known:
            counts[joins[place]] += 1
            both = question[word.start : words[place + 1].end]
            expansions[both] = ("".join(both.split()),)
        if place in splittable and (split := _split(text, known)):
            groups.append((stem(split[0]), stem(split[1])))
            counts.update(groups[-1])
            expansions[text] = (" ".join(split),)
        elif not any(all(term in known for term in group) for group in groups):
            missing.extend(_missing(question, word, known))
        (light if is_light else parts).append((text, groups))
    topical = {term for _, groups in parts for group in groups for term in group}
    only_light = {t for _, groups in light for group in groups for t in group} - topical
    if not parts:  # a question of light words alone is about them
        parts, only_light = light, set()

    asked = dict.fromkeys([*counts, *(term for _, groups in parts for g in groups for term in g)])
    rarity = {term: math.log((passages + 1) / known.get(term, 0.5)) for term in asked}
    scoring = [term for term in counts if term in known]
    if len(scoring) > MAX_TERMS:
        rarest = set(sorted(scoring, key=rarity.__getitem__, reverse=True)[:MAX_TERMS])
        scoring = [term for term in scoring if term in rarest]
    return Query(
        words=tuple(_query_word(text, groups, rarity) for text, groups in parts),
        weights={
            term: counts[term] * (LIGHT_SHARE if term in only_light else 1.0) for term in scoring
        },
        rarity=rarity,
        missing=tuple(dict.fromkeys(missing)),
        expansions=expansions,
    )


def following(query: Query, earlier: Query) -> Query:
    """Return a query with what only the one before it asked for, at a share of its weight.

    "And compared to last year?" goes on about what was asked before; what is missing or was
    written otherwise is told of the new question alone.
    """
    words = {word.text for word in query.words}
    carried = [
        replace(word, weight=word.weight * EARLIER_SHARE, is_carried=True)
        for word in earlier.words
        if word.text not in words
    ]
    weights = dict(query.weights)
    for term, weight in earlier.weights.items():
        if term not in weights and len(weights) < MAX_TERMS:
            weights[term] = weight * EARLIER_SHARE
    return replace(
        query,
        words=(*query.words, *carried),
        weights=weights,
        rarity=earlier.rarity | query.rarity,
    )


def coverage(query: Query, matched: Container[str]) -> float:
    """Return the share (0..1) of the question's weight that a passage with these terms has.

    A passage has a word to the degree of the group of terms it has most of. What was carried over
    from the question before counts as far as the passage has it: "and in Shanghai?" asks no more
    about the London of before.
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
        total += word.weight * best if word.is_carried else word.weight
        covered += word.weight * best
    return min(covered / total, 1.0) if total else 0.0


def _query_word(
    text: str, groups: Sequence[tuple[str, ...]], rarity: Mapping[str, float]
) -> QueryWord:
    wholes = [sum(map(rarity.__getitem__, group)) for group in groups]
    return QueryWord(
        text=text,
        weight=wholes[0],
        groups=tuple(
            tuple((term, rarity[term] / whole) for term in group)
            for group, whole in zip(groups, wholes, strict=True)
        ),
    )


def _covering_groups(word: analysis.Word) -> list[tuple[str, ...]]:
    """Return the groups of terms that stand for the word.

    Single CJK characters are in most texts, so a run is covered by its pairs; pairs with a
    function character depend on the sentence, not on the topic.
    """
    groups = [tuple(token.term for token in group) for group in word.groups]
    if not word.is_cjk:
        return groups
    topical = tuple(
        term for term in groups[0] if len(term) == 1 or CJK_STOP_CHARACTERS.isdisjoint(term)
    )
    return [topical] if topical else [groups[-1]]


def _joins(question: str, words: list[analysis.Word]) -> dict[int, str]:
    """Return the place of each word that a space parts from the next -> both written as one."""
    joins = {}
    for place, (word, following) in enumerate(pairwise(words)):
        left, right = question[word.start : word.end], question[following.start : following.end]
        if following.start != word.end + 1 or word.is_cjk or following.is_cjk:
            continue
        if left.isalpha() and right.isalpha():
            joins[place] = stem(fold(left + right))
    return joins


def _halves(text: str) -> list[tuple[str, str]]:
    folded = fold(text)
    places = range(_SHORTEST_HALF, len(folded) - _SHORTEST_HALF + 1)
    return [
        (folded[:place], folded[place:])
        for place in places
        if folded[:place] not in STOP_WORDS and folded[place:] not in STOP_WORDS
    ]


def _may_split(question: str, word: analysis.Word) -> bool:
    text = question[word.start : word.end]
    return not word.is_cjk and len(text) <= _LONGEST_SPLIT and text.isalpha()


def _halves_known(
    texts: Iterable[str], document_frequencies: DocumentFrequencies
) -> Mapping[str, int]:
    """Look up the halves of words that no document contains."""
    halves = {stem(half) for text in texts for both in _halves(text) for half in both}
    return document_frequencies(halves) if halves else {}


def _split(text: str, known: Mapping[str, int]) -> tuple[str, str] | None:
    """Return the two known words that an unknown one is made of; of several, the commonest."""
    found = [both for both in _halves(text) if all(stem(half) in known for half in both)]
    return max(found, key=lambda both: min(known[stem(half)] for half in both), default=None)


def _missing(question: str, word: analysis.Word, known: Mapping[str, int]) -> list[str]:
    """Return the pieces of a word, as typed, that no document contains.

    A character between known pairs is missing only if it stands nowhere by itself either.
    """
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
