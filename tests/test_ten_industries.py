"""The questions to the first document, which were written before anything was tuned on them."""

import json
from pathlib import Path

import pytest
from conftest import GIVEN, REPOSITORY

import index
from index import confidence_of, outcome_of

QUESTIONS = Path(__file__).parent / "ten_industries"
ASKED_SHARE = 0.95


def lines(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (QUESTIONS / name).read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> index.Searcher:
    folder = tmp_path_factory.mktemp("ten") / "index"
    glossary = REPOSITORY / "data" / "glossary.yaml"
    index.rebuild([GIVEN.parent], folder, index.Bm25(), glossary=glossary)
    return index.open_searcher(folder, index.Bm25()).searcher


def test_the_paragraph_that_answers_comes_first(searcher: index.Searcher) -> None:
    judged = (QUESTIONS / "qrels" / "test.tsv").read_text("utf-8").splitlines()[1:]
    relevant = {tuple(line.split("\t")[:2]) for line in judged}
    questions = lines("queries.jsonl")
    right = [
        question["_id"]
        for question in questions
        for hit in searcher.search(searcher.form(question["text"]), 1)
        if (question["_id"], hit.passage.id) in relevant
    ]
    assert len(questions) == 40
    assert len(right) >= ASKED_SHARE * len(questions), right


def test_what_the_document_does_not_say_is_not_answered(searcher: index.Searcher) -> None:
    questions = lines("queries_unanswerable.jsonl")
    answered = [
        question["_id"]
        for question in questions
        if outcome_of(confidence_of(searcher.find(searcher.form(question["text"]), 1).signals))
        == "answered"
    ]
    assert len(questions) == 40
    assert len(answered) <= (1 - ASKED_SHARE) * len(questions), answered
