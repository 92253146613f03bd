"""Find the shares of index/rescoring.py on test collections, or print what each part brings.

    python tests/fit_ranking.py FOLDER [--glossary data/glossary.yaml] [--ablations]

FOLDER holds conditionalqa, or_sharc, scifact and cmrc2018 in BEIR layout; of cmrc2018 every eighth
question is asked. From the shares in force on, one share after the other is tried at 0.5, 0.7, 1.4
and 2 times its value. A step is taken when the mean of nDCG@10 + 0.3 hit@1 over the collections
rises and no collection loses more than 0.005 nDCG@10 against the start.

With --ablations the parts are added one after the other, each is left out of all, and the rest of
what a question goes through is switched off in turn.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index import query, wordbook
from index.analysis import words
from index.bm25 import Bm25
from index.candidates import CANDIDATES, SHARES
from index.evaluation import Collection, read_collections, searcher_over
from index.evaluation.measures import measured
from index.evaluation.plain import PlainRanker
from index.searcher import Searcher

EVERY = {"conditionalqa": 1, "or_sharc": 1, "scifact": 1, "cmrc2018": 8}
STEPS = (0.5, 0.7, 1.4, 2.0)
MOST_LOST = 0.005  # nDCG@10 of one collection
HIT_SHARE = 0.3
ORDER = ("present", "pairs", "triples", "near", "title", "neighbour", "situation", "kind")

Shares = Mapping[str, float]
Figures = dict[str, tuple[float, float]]  # collection -> nDCG@10, hit@1


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates of a question, K of them."""

    passages: npt.NDArray[np.int32]  # (K,)
    ids: tuple[str, ...]  # (K,) as in the judgements
    parts: dict[str, npt.NDArray[np.float64]]  # (K,) each
    relevance: dict[str, int]


def candidates_of(collection: Collection, model: Bm25, glossary: Path | None) -> list[Candidates]:
    """Return the candidates of each question."""
    assert collection.corpus is not None
    passages, ids = collection.corpus.passages, collection.corpus.ids
    searcher = searcher_over(passages, model, glossary)
    every = EVERY.get(collection.name, 1)
    return [
        of_question(searcher, question.text, question.relevance, [ids[p.id] for p in passages])
        for question in collection.questions[::every]
    ]


def of_question(
    searcher: Searcher, text: str, relevance: dict[str, int], ids: Sequence[str]
) -> Candidates:
    """Return the candidates of a question, as the searcher itself takes and looks at them."""
    form = searcher.form(text)
    asked = searcher._asked_for(form)  # the searcher shows its result only
    if not asked.terms:
        return Candidates(np.zeros(0, dtype=np.int32), (), {}, relevance)
    finder = searcher._with_numpy
    ranked = finder.ranker.rank(asked.numbers, asked.weights, asked.idf, CANDIDATES)
    parts = finder.rescorer.parts(asked, ranked)
    found = tuple(ids[number] for number in ranked.passages.tolist())
    return Candidates(ranked.passages.astype(np.int32), found, parts, relevance)


def figures(candidates: Mapping[str, list[Candidates]], shares: Shares) -> Figures:
    """Return the figures of each collection with these shares; BM25's words count 1."""
    return {name: mean_of(ranked(one, shares) for one in some) for name, some in candidates.items()}


def ranked(one: Candidates, shares: Shares) -> dict[str, float]:
    """Return the measures of a question with these shares."""
    total = np.zeros(len(one.ids))
    for name, values in one.parts.items():
        total += (1.0 if name == "words" else shares.get(name, 0.0)) * values
    order = np.lexsort((one.passages, -total))
    return measured([one.ids[place] for place in order.tolist()], one.relevance)


def mean_of(measures: Iterator[dict[str, float]]) -> tuple[float, float]:
    """Return the means of nDCG@10 and hit@1."""
    listed = [(one["ndcg@10"], one["hit@1"]) for one in measures]
    means = np.array(listed).mean(axis=0)
    return float(means[0]), float(means[1])


def objective(found: Figures) -> float:
    """Return what is to become greater."""
    return sum(ndcg + HIT_SHARE * hit for ndcg, hit in found.values()) / len(found)


def ascend(candidates: Mapping[str, list[Candidates]], start: Shares) -> dict[str, float]:
    """Return the shares that no single step makes better."""
    shares, first = dict(start), figures(candidates, start)
    best, is_better = objective(first), True
    while is_better:
        is_better = False
        for name in list(shares):
            for step in STEPS:
                tried = {**shares, name: round(shares[name] * step, 3)}
                found = figures(candidates, tried)
                lost = max(first[key][0] - found[key][0] for key in found)
                if objective(found) > best + 1e-4 and lost <= MOST_LOST:
                    shares, best, is_better = tried, objective(found), True
    return shares


def in_force() -> dict[str, float]:
    """Return the shares in force, without parts that count nothing."""
    named = SHARES._asdict().items()
    return {name: share for name, share in named if share}


def print_row(title: str, found: Figures) -> None:
    """Print a row of the table."""
    print(f"{title:<40}" + "".join(f"{a:>10.4f} {b:.3f}" for a, b in found.values()), flush=True)


@contextmanager
def replaced(owner: Any, name: str, value: object) -> Iterator[None]:
    """Let a name stand for something else for a while."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def print_ablations(collections: Sequence[Collection], glossary: Path | None) -> None:
    """Print the table of what each part and each step brings."""

    def taken(model: Bm25 = Bm25(), file: Path | None = glossary) -> dict[str, list[Candidates]]:  # noqa: B008 (a frozen record)
        return {one.name: candidates_of(one, model, file) for one in collections}

    everything, whole = taken(), in_force()
    print(f"{'nDCG@10 hit@1':<40}" + "".join(f"{name:>16}" for name in everything))
    print_row("plain BM25", {one.name: plain(one) for one in collections})
    print_row("BM25 of the question's weighed words", figures(everything, {}))
    added: dict[str, float] = {}
    for name in ORDER:
        added[name] = whole[name]
        print_row(f"+ {name}", figures(everything, added))
    for name in ORDER:
        without = {key: share for key, share in whole.items() if key != name}
        print_row(f"without {name}", figures(everything, without))
    none: object
    for title, owner, name, none in (
        ("situation at full weight", query, "SITUATION_SHARE", 1.0),
        ("other wordings at 0.8", query, "OTHER_SHARE", 0.8),
        ("slips not mended", Searcher, "nearest", lambda *_: {}),
        ("no number forms", wordbook, "variants", lambda _: []),
        ("no initials", wordbook.KnownWordings, "_initials", lambda *_: ()),
    ):
        with replaced(owner, name, none):
            print_row(title, figures(taken(), whole))
    print_row("no glossary", figures(taken(file=None), whole))
    with british_apart():
        print_row("British and American apart", figures(taken(), whole))
    for k1, b in ((1.2, 0.75), (0.9, 0.4)):
        print_row(f"k1 {k1}, b {b}", figures(taken(Bm25("plus", k1, b)), whole))


@contextmanager
def british_apart() -> Iterator[None]:
    """Leave spellings as they are for a while."""
    module: Any = words.__globals__  # `words` of the package is a function of the module meant
    before = module["american"]
    module["american"] = lambda word: word
    for cached in (module["stem"], module["_analyse_cached"]):
        cached.cache_clear()
    try:
        yield
    finally:
        module["american"] = before
        for cached in (module["stem"], module["_analyse_cached"]):
            cached.cache_clear()


def plain(collection: Collection) -> tuple[float, float]:
    """Return the figures of plain BM25."""
    assert collection.corpus is not None
    passages, ids = collection.corpus.passages, collection.corpus.ids
    ranker = PlainRanker(passages, Bm25())
    every = EVERY.get(collection.name, 1)
    return mean_of(
        measured(
            [ids[passages[number].id] for number in ranker.rank(question.text, 10)],
            question.relevance,
        )
        for question in collection.questions[::every]
    )


def main() -> None:
    """Read the collections, then print the shares found or the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--glossary", type=Path, default=None)
    parser.add_argument("--ablations", action="store_true")
    options = parser.parse_args()
    collections = read_collections([options.folder / name for name in EVERY])
    if options.ablations:
        print_ablations(collections, options.glossary)
        return
    candidates = {one.name: candidates_of(one, Bm25(), options.glossary) for one in collections}
    found = ascend(candidates, in_force())
    print(f"{'nDCG@10 hit@1':<40}" + "".join(f"{name:>16}" for name in candidates))
    print_row("shares in force", figures(candidates, in_force()))
    print_row("shares found", figures(candidates, found))
    for name, share in found.items():
        print(f"{name:<12}{share:.3f}")


if __name__ == "__main__":
    main()
