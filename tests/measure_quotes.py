"""Measure how long checking a quote takes, and print a table.

    python tests/measure_quotes.py [--passages 100000] [--texts 50]

The documents are the made-up ones of benchmark.py, and Chinese ones of the same size made of
characters by their frequency. Times are CPU time of the thread, warm: each kind of text is
checked once before. Nothing is checked here; the figures are for people.
"""

import argparse
import gc
import itertools
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmark import PASSAGES_A_FILE, word, write_documents

import index
from index import Passage, Searcher

WORDS = 1000
HAN = [chr(0x4E00 + number) for number in range(3000)]
HAN_WEIGHTS = list(itertools.accumulate(1 / (rank + 10) for rank in range(len(HAN))))


def write_chinese(folder: Path, passages: int) -> None:
    """Write documents of Chinese passages, about 150 characters each."""
    rng = random.Random(2)
    for start in range(0, passages, PASSAGES_A_FILE):
        paragraphs = []
        for _ in range(min(PASSAGES_A_FILE, passages - start)):
            length = min(max(20, int(rng.gammavariate(4, 150 / 4))), 600)
            characters = rng.choices(HAN, cum_weights=HAN_WEIGHTS, k=length)
            for place in range(12, length, 17):
                characters[place] = "，" if place % 2 else "。"
            paragraphs.append("".join(characters) + "。")
        (folder / f"part-{start:07}.txt").write_text("\n\n".join(paragraphs), encoding="utf-8")


class Texts:
    """Makes texts of every kind out of what an index holds."""

    def __init__(self, searcher: Searcher, *, chinese: bool) -> None:
        """Take an index of documents in one language."""
        self._ids = [document.id for document, _ in searcher.documents()]
        self._searcher = searcher
        self._space = "" if chinese else " "
        self._size = 2 * WORDS if chinese else WORDS  # a Chinese word has about two characters
        self._words = HAN if chinese else [word(rank) for rank in range(20_000)]
        self.rng = random.Random(3)

    def _passages(self) -> list[Passage]:
        return self._searcher.passages_of(self.rng.choice(self._ids))

    def _cut(self, text: str) -> list[str]:
        return (text.split() if self._space else list(text))[: self._size]

    def _joined(self, words: Sequence[str]) -> str:
        return self._space.join(words)

    def exact(self) -> str:
        """Return the longest passage of a document."""
        return max((passage.text for passage in self._passages()), key=len)

    def near(self) -> str:
        """Return the same with other punctuation."""
        return self.exact().replace(",", ";").replace(".", " ").replace("，", ",")

    def different(self) -> str:
        """Return the same with every twentieth word changed."""
        words = self._cut(self.exact())
        words[::20] = self.rng.choices(self._words, k=len(words[::20]))
        return self._joined(words)

    def running_on(self) -> str:
        """Return passages that follow each other."""
        passages = self._passages()
        first = self.rng.randrange(len(passages) // 2)
        return self._joined(self._cut(self._space.join(p.text for p in passages[first:])))

    def joined(self) -> str:
        """Return passages of many documents."""
        several = [self.rng.choice(self._passages()).text for _ in range(40)]
        return self._joined(self._cut(self._space.join(several)))

    def joined_with_gaps(self) -> str:
        """Return passages that follow each other with every fifteenth word changed."""
        words = self._cut(self.running_on())
        words[::15] = self.rng.choices(self._words, k=len(words[::15]))
        return self._joined(words)

    def not_found(self) -> str:
        """Return words in no order."""
        return self._joined(self.rng.choices(self._words, k=self._size))

    def commonest(self) -> str:
        """Return the twenty commonest words in no order."""
        return self._joined(self.rng.choices(self._words[:20], k=self._size))

    def three_commonest(self) -> str:
        """Return ten words, of the three commonest."""
        return self._joined(self.rng.choices(self._words[:3], k=10))

    def one_word(self) -> str:
        """Return one word 10,000 times."""
        return self._joined([self._words[0]] * 10_000)


def measured(searcher: Searcher, make: Callable[[], str], texts: int) -> str:
    """Return a line about the time that texts of a kind take."""
    outcomes: Counter[str] = Counter()
    times, sizes = [], []
    for number in range(texts + 1):
        text = make()
        started = time.thread_time()
        outcome = searcher.check_quote(text).outcome
        if number:
            times.append((time.thread_time() - started) * 1e3)
            sizes.append(len(text))
            outcomes[outcome] += 1
    cuts = statistics.quantiles(times, n=100)
    counted = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.most_common())
    return (
        f"{make.__name__:<18}{statistics.median(sizes):>8.0f} characters"
        f"{cuts[49]:8.1f} ms p50{cuts[98]:8.1f} ms p99   {counted}"
    )


def main() -> None:
    """Build an index for each language and measure every kind of text."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--texts", type=int, default=50)
    options = parser.parse_args()
    for language in ("english", "chinese"):
        with tempfile.TemporaryDirectory() as name:
            documents, folder = Path(name) / "documents", Path(name) / "index"
            documents.mkdir()
            write = write_chinese if language == "chinese" else write_documents
            write(documents, options.passages)
            index.rebuild([documents], folder, index.Bm25())
            searcher = index.open_searcher(folder, index.Bm25()).searcher
            # What building left in memory is no work of a check; a running bot does the same.
            gc.collect()
            gc.freeze()
            print(f"{language}, {searcher.state.passages:,} passages")
            made = Texts(searcher, chinese=language == "chinese")
            for make in (
                made.exact,
                made.near,
                made.different,
                made.running_on,
                made.joined,
                made.joined_with_gaps,
                made.not_found,
                made.commonest,
                made.three_commonest,
                made.one_word,
            ):
                print(measured(searcher, make, options.texts), flush=True)


if __name__ == "__main__":
    main()
