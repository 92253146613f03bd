"""Made-up paragraphs and questions that are the same on every machine, one a line.

The text has the statistics of English: the frequencies of words follow a power law in two pieces
(exponent 1, beyond rank 8,000 exponent 2, so that the vocabulary grows with the square root of the
text), one word in eight repeats an earlier word of its paragraph, rarer words are longer, and
paragraphs have 80 words on average. Figures are compared across years, so what is made here must
never change; tests/test_bench.py holds it by its hashes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

TYPE_CHECKING = False  # typing, like numpy, would count in every cold start that is measured
if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

QUESTIONS = 200
_TERM = re.compile(r"[a-z0-9]+")
_ONSETS, _VOWELS, _CODAS = "tsnhrdlcmfpg", "eaoiu", ("", "n", "s", "t", "r")
_RANKS = 3_000_000
_HEAD = 8_000  # ranks before the law turns steeper
_AT_ONCE = 1000  # paragraphs of one random stream, so that a smaller corpus begins a larger one
_REPEATED = 0.125  # of the words
_STOPS, _MARKS = 0.06, 0.12  # below the first a full stop follows a word, below the second a comma
_FEWEST_TERMS = 12  # of a paragraph that a question is drawn from


def terms(text: str) -> list[str]:
    """Return the terms of a text, the same for every engine."""
    return _TERM.findall(text.lower())


def word(rank: int) -> str:
    """Spell the word of a frequency rank, counted from 0; no two ranks share a spelling."""
    spelled, coda = "", rank
    while rank >= 0:
        rank, syllable = divmod(rank, len(_ONSETS) * len(_VOWELS))
        onset, vowel = divmod(syllable, len(_VOWELS))
        spelled += _ONSETS[onset] + _VOWELS[vowel] + _CODAS[coda * 7 % 11 % len(_CODAS)]
        coda //= 3
        rank -= 1
    return spelled


def paragraphs(count: int, seed: int = 1) -> Iterator[str]:
    """Yield paragraphs; the first ones of a larger corpus are those of a smaller one."""
    import numpy as np

    cumulated = _cumulated_frequencies()
    spellings: dict[int, str] = {}
    for first in range(0, count, _AT_ONCE):
        # The order of these draws is part of what must not change.
        rng = np.random.default_rng([seed, first])
        lengths = np.clip(rng.gamma(4.0, 20.0, _AT_ONCE).astype(int), 5, 400)
        ends = np.cumsum(lengths)
        words = int(ends[-1])
        ranks = np.searchsorted(cumulated, rng.random(words))
        starts = np.repeat(ends - lengths, lengths)
        place = np.arange(words) - starts
        earlier = starts + (rng.random(words) * place).astype(int)
        repeats = (rng.random(words) < _REPEATED) & (place > 0)
        ranks = np.where(repeats, ranks[earlier], ranks)
        marks = rng.random(words)
        for end, length in list(zip(ends.tolist(), lengths.tolist(), strict=True))[: count - first]:
            here = slice(end - length, end)
            yield _written(ranks[here].tolist(), marks[here].tolist(), spellings)


def questions(lines: Sequence[str], count: int = QUESTIONS, seed: int = 2) -> Iterator[str]:
    """Yield questions of 3 to 12 terms, each drawn from one paragraph, in any order."""
    import numpy as np

    rng = np.random.default_rng(seed)
    while count:
        known = terms(lines[int(rng.integers(len(lines)))])
        if len(known) >= _FEWEST_TERMS:
            size = int(rng.integers(3, 13))
            yield " ".join(known[at] for at in rng.choice(len(known), size, replace=False))
            count -= 1


def read(path: str) -> list[str]:
    """Read a text as the engines get it: whole, a paragraph a line."""
    with open(path, encoding="utf-8") as file:  # noqa: PTH123 (pathlib would count in a cold start)
        return file.read().splitlines()


def write(lines: Iterator[str], path: str) -> None:
    """Write lines as a text."""
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 (as above)
        file.writelines(f"{line}\n" for line in lines)


def _cumulated_frequencies() -> npt.NDArray[np.float64]:
    import numpy as np

    rank = np.arange(1, _RANKS + 1, dtype=np.float64)
    frequency = 1.0 / (rank + 2.7)
    frequency[_HEAD:] = frequency[_HEAD] * (_HEAD / rank[_HEAD:]) ** 2
    cumulated: npt.NDArray[np.float64] = np.cumsum(frequency / frequency.sum())
    return cumulated


def _written(ranks: list[int], marks: list[float], spellings: dict[int, str]) -> str:
    """Return a paragraph: the words of these ranks, with full stops, commas and capitals."""
    written = []
    begins = True
    for rank, mark in zip(ranks, marks, strict=True):
        text = spellings.get(rank)
        if text is None:
            text = spellings[rank] = word(rank)
        if begins:
            text = text.capitalize()
        begins = mark < _STOPS
        written.append(text + ("." if begins else "," if mark < _MARKS else ""))
    return " ".join(written)
