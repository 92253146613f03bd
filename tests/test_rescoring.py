"""What orders the candidates beyond BM25, each part by a pair of passages that differ in it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import GIVEN, REPOSITORY, build_and_open, environment

import index
from index.candidates import SHARES

FILLING = "\n\n".join(f"Filling text number {n} about nothing of interest here." for n in range(9))


def found(folder: Path, question: str, **files: str) -> list[index.Hit]:
    shelf = folder / "docs"
    shelf.mkdir()
    for name, text in files.items():
        (shelf / f"{name}.md").write_text(text, encoding="utf-8")
    searcher = build_and_open(shelf, folder / "index")
    return searcher.search(searcher.form(question), 10)


def test_the_score_is_the_sum_of_its_parts(given_searcher: index.Searcher) -> None:
    for hit in given_searcher.search(given_searcher.form("steel growth in ten industries"), 10):
        assert hit.score == pytest.approx(sum(hit.parts.values()), abs=1e-8)


@pytest.mark.parametrize("variant", index.VARIANTS)
def test_what_terms_contribute_is_the_bm25_score(tmp_path: Path, variant: str) -> None:
    model = index.Bm25(variant)  # type: ignore[arg-type]  # one of VARIANTS
    searcher = build_and_open(GIVEN.parent, tmp_path / "index", model)
    query = searcher.form("steel and industrial growth, 636,000 vehicles, plan of the ministry")
    for hit in searcher.search(query, 10):
        assert sum(hit.contributions.values()) == pytest.approx(hit.parts["words"])


def test_words_side_by_side_come_before_the_same_words_apart(tmp_path: Path) -> None:
    apart = "Energy is used by a vehicle when a new road of great length is driven."
    together = "A road of great length is driven when it is used by a new energy vehicle."
    text = f"{apart}\n\n{FILLING}\n\n{together}\n"
    hits = found(tmp_path, "new energy vehicle", a=text)
    assert hits[0].passage.text == together
    for part in ("pairs", "triples", "near"):
        assert hits[0].parts[part] > hits[1].parts[part]


def test_words_in_the_title_lift_the_passages_below_it(tmp_path: Path) -> None:
    body = f"The tax is five percent.\n\n{FILLING}\n"
    hits = found(tmp_path, "road tax", a=f"# Sea\n\n{body}", b=f"# Road\n\n{body}")
    assert hits[0].passage.document.id == "b"
    assert hits[0].parts["title"] > 0 == hits[1].parts["title"]


def test_the_situation_told_decides_between_documents(tmp_path: Path) -> None:
    rule = "An application is decided within ten weeks."
    hits = found(
        tmp_path,
        "My nephew lives with me. We want a guardian order. When is an application decided?",
        a=f"# First\n\n{FILLING}\n\n{rule}\n\nPlanning permission and houses.\n",
        b=f"# Second\n\n{FILLING}\n\n{rule}\n\nA guardian order lets a nephew live with you.\n",
    )
    best = next(hit for hit in hits if hit.passage.text == rule)
    assert best.passage.document.id == "b"
    assert best.parts["situation"] > 0


def test_a_passage_that_holds_the_kind_of_answer_asked_for_comes_first(tmp_path: Path) -> None:
    text = (
        f"The fee for a permit is set by the council.\n\n{FILLING}\n\n"
        "The fee for a permit is £35 at the council.\n"
    )
    hits = found(tmp_path, "How much money is the fee for a permit?", a=text)
    assert "£35" in hits[0].passage.text
    assert hits[0].parts["kind"] > 0 == hits[1].parts["kind"]


def test_every_share_is_found_among_the_parts(given_searcher: index.Searcher) -> None:
    (hit, *_) = given_searcher.search(given_searcher.form("industrial growth"), 1)
    named = {name for name, share in SHARES._asdict().items() if share}
    assert set(hit.parts) == named | {"words"}


def test_an_answer_is_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    flags = ("--documents", str(GIVEN.parent), "--index", str(tmp_path / "index"))
    glossary = {"glossary": str(REPOSITORY / "data" / "glossary.yaml")}
    (tmp_path / "policybot.yaml").write_text(json.dumps(glossary))
    question = "今年前七个月新能源车出口了多少辆？ And who is Tao Qing at MIIT, 636,000 of what?"
    outputs = set()
    for seed in ("0", "1", "2"):
        run = subprocess.run(
            [sys.executable, "-m", "bot", "ask", "--json", *flags, question],
            cwd=tmp_path,
            env=environment(tmp_path)
            | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.fspath(REPOSITORY)},
            capture_output=True,
            text=True,
            check=False,
        )
        answer = json.loads(run.stdout)
        del answer["elapsed_ms"]
        outputs.add(json.dumps(answer))
    assert len(outputs) == 1
