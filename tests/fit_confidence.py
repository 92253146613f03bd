"""Find the weights of index/confidence.py on test collections, and print them.

    python tests/fit_confidence.py FOLDER [--glossary data/glossary.yaml]

FOLDER holds conditionalqa, or_sharc, scifact, cmrc2018, both *_heldout collections and clinc_oos in
BEIR layout. Three sorts of sets are made of them, each with answerable questions and others:

- as given: the held-out collections, and off-topic questions asked of the English ones. They count
  twice;
- small: 10 or 100 passages drawn from a collection, its questions, and those whose passage was not
  drawn (half of them off topic in English), so that the size of an index does not matter;
- words: one to three words, or a few characters, of a passage that is there or was left out, bare
  or in a short question, for people type such things too. They count a tenth.

A logistic regression (Newton's method, L2 penalty 1 on standardised signals) tells answerable
questions from others; sets and both sides of each count alike. A second one of its logit alone
makes that the probability that the first passage is right, which is what is shown. Printed are
the weights, and for each set the area under the ROC curve, what is refused while 95 % of the
answerable are kept, and both once more with the sets of that collection left out of the fit.
"""

import argparse
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index import analysis
from index.bm25 import Bm25
from index.confidence import WEIGHTS
from index.evaluation import Collection, read_collections, searcher_over
from index.evaluation.refusing import refusal, reliability
from index.records import Passage
from index.searcher import Searcher
from index.sentences import sentence_spans

Floats = npt.NDArray[np.float64]
BIG = ("conditionalqa", "or_sharc", "scifact", "cmrc2018")
HELD_OUT = {"conditionalqa_heldout": 1, "cmrc2018_heldout": 2}  # every so many questions
ENGLISH = BIG[:3]
SIZES = (10, 100)  # passages of small sets
A_SMALL_SET = 400  # questions, at least
GIVEN_SHARE, WORDS_SHARE = 2.0, 0.1  # of sets as given and of words; small ones count 1
A_WORDS_SET = 300
ENGLISH_FRAMES = (
    *["{}"] * 3,
    *("{}?", "what about {}?", "is {} mentioned?", "tell me about {}", "are there {}?"),
    *("what does it say about {}?", "which {} are there?"),
)
CHINESE_FRAMES = (*["{}"] * 2, "{}？", "有{}吗？", "{}是什么？", "关于{}")


@dataclass(frozen=True, slots=True)
class Case:
    """A question that was asked."""

    signals: dict[str, float]
    is_answerable: bool
    is_right: bool  # answerable, and the first passage answers it


@dataclass(frozen=True, slots=True)
class Fitted:
    """A logistic regression."""

    weights: Floats  # (K,) of the signals as they are
    constant: float

    def logits(self, signals: Floats) -> Floats:
        """Return the logit of each row (N, K), (N,)."""
        return np.asarray((signals * self.weights).sum(axis=1) + self.constant)


def asked(
    searcher: Searcher, questions: Sequence[str], is_right: Callable[[str, str], bool] | None
) -> list[Case]:
    """Ask questions; `is_right` judges a question's first passage by its id, None: none can be."""
    cases = []
    for question in questions:
        found = searcher.find(searcher.form(question), 1)
        right = bool(is_right and found.hits and is_right(question, found.hits[0].passage.id))
        cases.append(Case(found.signals, is_right is not None, right))
    return cases


def judged(collection: Collection, ids: dict[str, str]) -> Callable[[str, str], bool]:
    """Return whether a passage is relevant to a question, by its text and the passage's id."""
    relevance = {question.text: question.relevance for question in collection.questions}
    return lambda question, passage: relevance[question].get(ids[passage], 0) > 0


def given_sets(
    collections: dict[str, Collection], open_: Callable[[Sequence[Passage]], Searcher]
) -> Iterator[tuple[str, list[Case]]]:
    """Yield the sets that the collections are as given."""
    for name in (*HELD_OUT, *ENGLISH):
        collection = collections[name]
        assert collection.corpus is not None
        searcher, every = open_(collection.corpus.passages), HELD_OUT.get(name, 1)
        texts = [question.text for question in collection.questions[::every]]
        cases = asked(searcher, texts, judged(collection, collection.corpus.ids))
        kinds = sorted({question.kind for question in collection.unanswerable})
        for kind in kinds:
            others = [q.text for q in collection.unanswerable if q.kind == kind]
            if name in HELD_OUT and kind == "off topic":
                continue  # asked of the whole collections already
            yield f"{name}: {kind}", cases + asked(searcher, others[::every], None)


def drawn(
    passages: Sequence[Passage], size: int, rng: random.Random
) -> tuple[list[Passage], list[Passage]]:
    """Draw whole documents until there are so many passages; return them, and the rest."""
    documents = list({p.document.id: p.document for p in passages})
    rng.shuffle(documents)
    of: dict[str, list[Passage]] = {}
    for passage in passages:
        of.setdefault(passage.document.id, []).append(passage)
    taken: list[Passage] = []
    rest: list[Passage] = []
    for id_ in documents:
        (taken if len(taken) < size else rest).extend(of[id_])
    return taken, rest


def small_sets(
    collections: dict[str, Collection],
    open_: Callable[[Sequence[Passage]], Searcher],
    rng: random.Random,
) -> Iterator[tuple[str, list[Case]]]:
    """Yield sets of a few passages each."""
    for name in BIG:
        collection = collections[name]
        assert collection.corpus is not None
        ids, off_topic = collection.corpus.ids, off_topic_of(collection)
        for size in SIZES:
            cases: list[Case] = []
            while len(cases) < A_SMALL_SET:
                taken, _ = drawn(collection.corpus.passages, size, rng)
                here = {ids[passage.id] for passage in taken}
                answerable: list[str] = []
                other: list[str] = []
                for question in collection.questions:
                    relevant = {id_ for id_, grade in question.relevance.items() if grade > 0}
                    (answerable if relevant & here else other).append(question.text)
                count = min(len(answerable), 8 if size == SIZES[0] else 40)
                if not count:
                    continue
                searcher = open_(taken)
                topical = count // 2 if off_topic else count
                missing = rng.sample(other, topical) + rng.sample(off_topic, count - topical)
                right = judged(collection, ids)
                cases += asked(searcher, rng.sample(answerable, count), right)
                cases += asked(searcher, missing, None)
            yield f"{name} of {size}", cases


def off_topic_of(collection: Collection) -> list[str]:
    """Return the off-topic questions that are asked of a collection."""
    return [q.text for q in collection.unanswerable if q.kind == "off topic"]


def words_sets(
    collections: dict[str, Collection],
    open_: Callable[[Sequence[Passage]], Searcher],
    rng: random.Random,
) -> Iterator[tuple[str, list[Case]]]:
    """Yield sets of a few words each: of passages that are there, and of others."""
    for name in BIG:
        corpus = collections[name].corpus
        assert corpus is not None
        for size in (*SIZES, len(corpus.passages) // 2):
            cases: list[Case] = []
            while len(cases) < A_WORDS_SET:
                taken, rest = drawn(corpus.passages, size, rng)
                searcher, count = open_(taken), {10: 10, 100: 50}.get(size, A_WORDS_SET // 2)
                for is_there, passages in ((True, taken), (False, rest)):
                    left = count
                    for _ in range(6 * count):
                        words = some_words(rng.choice(passages).text, rng, name == "cmrc2018")
                        if not left or not words:
                            continue
                        found = searcher.find(searcher.form(words), 1)
                        is_whole = bool(found.hits) and found.hits[0].coverage > 0.999
                        if is_there == is_whole or (is_there and found.hits):
                            cases.append(Case(found.signals, is_there, is_there and is_whole))
                            left -= 1
            yield f"words of {name}, {size}", cases


def some_words(text: str, rng: random.Random, is_chinese: bool) -> str | None:
    """Return a few neighbouring words of a text, bare or in a short question."""
    start, end = rng.choice(sentence_spans(text) or [(0, 0)])
    sentence = text[start:end]
    if is_chinese:
        runs = re.findall("[\u4e00-\u9fff]{4,}", sentence)
        if not runs:
            return None
        run, size = rng.choice(runs), rng.randint(2, 5)
        first = rng.randrange(max(1, len(run) - size))
        return rng.choice(CHINESE_FRAMES).format(run[first : first + size])
    plain = (word.strip('.,;:()"“”') for word in sentence.split())
    words = [word for word in plain if word.isalpha() and len(word) > 3 and analysis.terms(word)]
    if len(words) < 3:
        return None
    size = rng.choice((1, 1, 2, 2, 3))
    first = rng.randrange(len(words) - size + 1)
    chosen = " ".join(words[first : first + size])
    return rng.choice(ENGLISH_FRAMES).format(chosen.lower() if rng.random() < 0.7 else chosen)


def fitted(signals: Floats, is_true: Floats, weights: Floats, penalty: float) -> Fitted:
    """Fit a logistic regression of N rows (N, K) by Newton's method."""
    whole = weights.sum()
    mean = (signals * weights[:, None]).sum(axis=0) / whole
    spread = np.sqrt((weights[:, None] * (signals - mean) ** 2).sum(axis=0) / whole) + 1e-6
    rows = np.column_stack((np.ones(len(signals)), (signals - mean) / spread))
    found = np.zeros(rows.shape[1])
    ridge = np.eye(len(found)) * penalty
    ridge[0, 0] = 0.0
    for _ in range(60):
        chance = 1 / (1 + np.exp(-(rows @ found)))
        slope = rows.T @ (weights * (is_true - chance)) - ridge @ found
        curve = (rows * (weights * chance * (1 - chance))[:, None]).T @ rows + ridge
        step = np.linalg.solve(curve, slope)
        found += step
        if np.abs(step).max() < 1e-9:
            break
    own = found[1:] / spread
    return Fitted(own, float(found[0] - (own * mean).sum()))


def of_sets(sets: Sequence[list[Case]], shares: Sequence[float]) -> tuple[Floats, Floats, Floats]:
    """Return the signals of all cases (N, K), whether each is answerable (N,), and weights (N,)."""
    cases = [case for cases in sets for case in cases]
    signals = np.array([[case.signals.get(name, 0.0) for name in WEIGHTS] for case in cases])
    answerable = np.array([float(case.is_answerable) for case in cases])
    weights = np.concatenate([balanced(some) * s for some, s in zip(sets, shares, strict=True)])
    return signals, answerable, weights


def balanced(cases: list[Case]) -> Floats:
    """Return weights with which answerable questions and others count alike, and 400 in all."""
    answerable = np.array([case.is_answerable for case in cases])
    each = 200 / answerable.sum(), 200 / (~answerable).sum()
    weights: Floats = np.where(answerable, *each)
    return weights


def share_of(name: str) -> float:
    """Return how much a set counts."""
    if name.startswith("words"):
        return WORDS_SHARE
    return GIVEN_SHARE if ":" in name else 1.0


def fit(sets: dict[str, list[Case]]) -> Fitted:
    """Fit the weights to sets by name."""
    shares = [share_of(name) for name in sets]
    signals, answerable, weights = of_sets(list(sets.values()), shares)
    first = fitted(signals, answerable, weights, 1.0)
    real = [cases for name, cases in sets.items() if not name.startswith("words")]
    signals, _, weights = of_sets(real, [1.0] * len(real))
    right = np.array([float(case.is_right) for cases in real for case in cases])
    second = fitted(first.logits(signals)[:, None], right, weights, 0.0)
    scale = float(second.weights[0])
    return Fitted(first.weights * scale, first.constant * scale + second.constant)


def print_sets(sets: dict[str, list[Case]], model: Fitted) -> None:
    """Print how well each set is told apart, and how well when its collection is left out."""
    without = {
        big: fit({name: cases for name, cases in sets.items() if big not in name})
        for big in ("conditionalqa", "or_sharc", "scifact", "cmrc2018")
    }
    print(f"\n{'set':<38}{'n':>6}{'AUROC':>8}{'at 95%':>8}{'left out':>10}{'at 95%':>8}")
    for name, cases in sets.items():
        left_out = next(other for big, other in without.items() if big in name)
        signals, answerable, _ = of_sets([cases], [1.0])
        figures = []
        for one in (model, left_out):
            logits = one.logits(signals)
            told = refusal(logits[answerable == 1].tolist(), logits[answerable == 0].tolist())
            figures += [told.auroc, told.refused_at_95]
        first, second, third, fourth = figures
        row = f"{first:>8.3f}{second:>8.2f}{third:>10.3f}{fourth:>8.2f}"
        print(f"{name:<38}{len(cases):>6}{row}")


def print_reliability(sets: dict[str, list[Case]], model: Fitted) -> None:
    """Print how often the first passage is right, by confidence."""
    real = [case for name, cases in sets.items() if "words" not in name for case in cases]
    signals, _, _ = of_sets([real], [1.0])
    chances = 1 / (1 + np.exp(-model.logits(signals)))
    curve = reliability(chances.tolist(), [case.is_right for case in real])
    print(f"\nexpected calibration error {curve.error:.3f} over {len(real)} questions")


def main() -> None:
    """Read the collections, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--glossary", type=Path, default=None)
    options = parser.parse_args()
    names = [*BIG, *HELD_OUT, "clinc_oos"]
    read = read_collections([options.folder / name for name in names])
    collections = {collection.name: collection for collection in read}

    def open_(passages: Sequence[Passage]) -> Searcher:
        return searcher_over(passages, Bm25(), options.glossary)

    rng = random.Random(7)
    sets = dict(given_sets(collections, open_))
    sets |= dict(small_sets(collections, open_, rng))
    sets |= dict(words_sets(collections, open_, rng))
    model = fit(sets)
    print(f"CONSTANT = {model.constant:.3f}\nWEIGHTS = {{")
    for name, weight in zip(WEIGHTS, model.weights, strict=True):
        print(f'    "{name}": {weight:.3f},')
    print("}")
    print_sets(sets, model)
    print_reliability(sets, model)


if __name__ == "__main__":
    main()
