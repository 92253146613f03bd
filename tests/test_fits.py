"""The scripts that find constants, in short: on a made-up collection and on made-up signals."""

import json
from pathlib import Path

import fit_confidence
import fit_ranking
import numpy as np
import pytest

from index.bm25 import Bm25
from index.evaluation import Collection, read_collections

PASSAGES = {
    "p1": ("Road Act", "A new energy vehicle pays no road tax."),
    "p2": ("Road Act", "The tax on a vehicle is due in May."),
    "p3": ("Sea Act", "A vessel pays a tax of £35 a year at the port."),
    "p4": ("Sea Act", "Energy for a vessel is new and a vehicle may wait."),
    "p5": ("Farm Act", "Farmers register their land with the council."),
}
QUESTIONS = {
    "q1": ("I drive to work. Is a new energy vehicle taxed?", "p1"),
    "q2": ("How much money is the tax on a vessel?", "p3"),
    "q3": ("registered land", "p5"),
}


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    folder = tmp_path / "small"
    (folder / "qrels").mkdir(parents=True)
    corpus = [{"_id": id_, "title": t, "text": text} for id_, (t, text) in PASSAGES.items()]
    queries = [{"_id": id_, "text": text} for id_, (text, _) in QUESTIONS.items()]
    for name, records in (("corpus", corpus), ("queries", queries)):
        lines = (json.dumps(record) + "\n" for record in records)
        (folder / f"{name}.jsonl").write_text("".join(lines))
    judged = "".join(f"{id_}\t{passage}\t1\n" for id_, (_, passage) in QUESTIONS.items())
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}")
    (found,) = read_collections([folder])
    return found


def test_the_parts_of_each_candidate_are_taken_and_shares_never_get_worse(
    collection: Collection,
) -> None:
    candidates = {"small": fit_ranking.candidates_of(collection, Bm25(), None)}
    start = fit_ranking.in_force()
    assert all(set(start) < set(one.parts) for one in candidates["small"])
    before = fit_ranking.figures(candidates, start)
    after = fit_ranking.figures(candidates, fit_ranking.ascend(candidates, start))
    assert fit_ranking.objective(after) >= fit_ranking.objective(before) > 1


def test_the_table_has_a_row_for_each_part(
    collection: Collection, capsys: pytest.CaptureFixture[str]
) -> None:
    fit_ranking.print_ablations([collection], None)
    printed = capsys.readouterr().out
    for part in fit_ranking.in_force():
        assert f"\n+ {part} " in printed
        assert f"\nwithout {part} " in printed


def test_a_regression_finds_the_weights_that_made_its_data() -> None:
    rng = np.random.default_rng(1)
    signals = rng.normal(size=(20_000, 2))
    chance = 1 / (1 + np.exp(-(signals @ np.array([2.0, -1.0]) + 0.5)))
    is_true = (rng.random(20_000) < chance).astype(float)
    found = fit_confidence.fitted(signals, is_true, np.ones(20_000), 1e-6)
    assert found.weights == pytest.approx([2.0, -1.0], abs=0.1)
    assert found.constant == pytest.approx(0.5, abs=0.1)


def test_answerable_questions_and_others_count_alike() -> None:
    cases = [fit_confidence.Case({}, number < 3, False) for number in range(10)]
    weights = fit_confidence.balanced(cases)
    assert weights[:3].sum() == pytest.approx(weights[3:].sum())
