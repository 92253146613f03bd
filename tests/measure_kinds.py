"""Measure whether passages that answer hold the kind of answer that is asked for.

    python tests/measure_kinds.py FOLDER... [--sample KIND]

Each folder is a collection in BEIR layout. For every kind that its questions ask for the table
says how many questions ask, and how many in a hundred passages hold it among those that answer,
among all, and among the rivals: what plain BM25 puts into the first ten without being an answer.
`lift` is answers by rivals; `others` is the same with the questions that do not ask for the kind:
where it is as high, the kind says nothing of the question. `for` and `against` count the pairs of
an answer and a rival of which the one or the other holds it better: a preference helps where `for`
is the greater by far. `--sample` prints questions of a kind instead. Times are CPU time, the best
of five. Nothing is checked here; the figures are for people.
"""

import argparse
import csv
import heapq
import json
import math
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index.analysis import terms
from index.kinds.asking import asked
from index.kinds.holding import held
from index.kinds.kind import Kind, satisfies

DEPTH = 10
ROUNDS = 5
K1, B = 1.2, 0.75


class Collection:
    """A corpus with its questions and which passages answer them."""

    def __init__(self, folder: Path) -> None:
        """Read a folder in BEIR layout."""
        rows = [json.loads(line) for line in (folder / "corpus.jsonl").open(encoding="utf-8")]
        self.name = folder.name
        self.texts = {row["_id"]: str(row["text"]) for row in rows}
        self.titles = {row["_id"]: str(row.get("title", "")) for row in rows}
        asking = [json.loads(line) for line in (folder / "queries.jsonl").open(encoding="utf-8")]
        self.questions = {row["_id"]: str(row["text"]) for row in asking}
        self.answers: dict[str, set[str]] = defaultdict(set)
        with (folder / "qrels" / "test.tsv").open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                if int(row["score"]) > 0:
                    self.answers[row["query-id"]].add(row["corpus-id"])


class Ranking:
    """Plain BM25 over the titles and texts of a collection (Robertson and Zaragoza, 2009)."""

    def __init__(self, collection: Collection) -> None:
        """Count the terms of all passages."""
        counts = {
            name: Counter(terms(f"{collection.titles[name]}\n{text}"))
            for name, text in collection.texts.items()
        }
        average = sum(map(Counter.total, counts.values())) / max(len(counts), 1)
        self._postings: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for name, count in counts.items():
            norm = K1 * (1 - B + B * count.total() / average)
            for term, often in count.items():
                self._postings[term].append((name, often * (K1 + 1) / (often + norm)))
        self._passages = len(counts)

    def best(self, question: str) -> list[str]:
        """Return the best passages, best first."""
        scores: dict[str, float] = defaultdict(float)
        for term in terms(question):
            postings = self._postings.get(term, ())
            rarity = math.log((self._passages + 1) / (len(postings) + 0.5))
            for name, part in postings:
                scores[name] += rarity * part
        return heapq.nlargest(DEPTH, scores, key=lambda name: (scores[name], name))


@dataclass(slots=True)
class Tally:
    """Degrees to which answers and rivals of some questions satisfy one kind, added up."""

    answers: list[float] = field(default_factory=list)
    rivals: list[float] = field(default_factory=list)
    won: int = 0
    lost: int = 0

    def add(self, right: Sequence[float], wrong: Sequence[float]) -> None:
        """Add one question's answers and rivals."""
        self.answers += right
        self.rivals += wrong
        self.won += sum(one > other for one in right for other in wrong)
        self.lost += sum(one < other for one in right for other in wrong)

    @property
    def lift(self) -> float:
        """The mean of the answers by that of the rivals; NaN where a mean is none or zero."""
        rivals = mean(self.rivals)
        return mean(self.answers) / rivals if rivals else math.nan


def mean(degrees: Sequence[float]) -> float:
    """Return the mean, of nothing NaN."""
    return sum(degrees) / len(degrees) if degrees else math.nan


def print_kinds(collection: Collection) -> None:
    """Print the table of one collection."""
    flags = {name: held(text) for name, text in collection.texts.items()}
    ranking = Ranking(collection)
    kinds = [kind for kind in Kind if satisfies((kind,), 0) is not None]
    degrees = {
        kind: {name: satisfies((kind,), held_here) or 0.0 for name, held_here in flags.items()}
        for kind in kinds
    }
    asking, others = {k: Tally() for k in kinds}, {k: Tally() for k in kinds}
    questions: Counter[Kind] = Counter()
    for number, question in collection.questions.items():
        wanted = asked(question)
        questions.update(wanted)
        right = sorted(collection.answers[number])
        wrong = [name for name in ranking.best(question) if name not in right]
        for kind in kinds:
            tally = asking[kind] if kind in wanted else others[kind]
            tally.add([degrees[kind][n] for n in right], [degrees[kind][n] for n in wrong])
    print(f"{collection.name}: {len(flags)} passages, {len(collection.questions)} questions")
    print("kind      questions  answers   all  rivals   lift  others     for  against")
    for kind in kinds:
        tally, all_passages = asking[kind], list(degrees[kind].values())
        print(
            f"{kind.name:9} {questions[kind]:9} {100 * mean(tally.answers):8.0f} "
            f"{100 * mean(all_passages):5.0f} {100 * mean(tally.rivals):7.0f} {tally.lift:6.2f} "
            f"{others[kind].lift:7.2f} {tally.won:7} {tally.lost:8}"
        )
    unchecked = [f"{kind.name} {questions[kind]}" for kind in Kind if kind not in kinds]
    print("asked, with no form to look for:", ", ".join(unchecked))


def print_times(collection: Collection) -> None:
    """Print what a passage and a question cost."""
    for what, texts in (("passage", collection.texts), ("question", collection.questions)):
        work = held if what == "passage" else asked
        times = []
        for _ in range(ROUNDS):
            start = time.process_time()
            for text in texts.values():
                work(text)
            times.append(time.process_time() - start)
        length = sum(map(len, texts.values())) / len(texts)
        print(f"{min(times) / len(texts) * 1e6:.1f} µs a {what} of {length:.0f} characters")


def main() -> None:
    """Measure the collections that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--sample", metavar="KIND", help="print the questions of this kind")
    arguments = parser.parse_args()
    for folder in arguments.folders:
        collection = Collection(folder)
        if arguments.sample:
            wanted = Kind[arguments.sample.upper()]
            for question in collection.questions.values():
                if wanted in asked(question):
                    print(question)
            continue
        print_kinds(collection)
        print_times(collection)
        print()


if __name__ == "__main__":
    main()
