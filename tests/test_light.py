"""What answers without numpy gives the numbers of what answers with it, bit for bit."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from conftest import REPOSITORY, build_and_open
from hypothesis import given, settings
from hypothesis import strategies as st

import index
from index.array_finding import ArrayFinder
from index.evaluation.in_memory import searcher_over
from index.light_finding import LightFinder
from index.light_ranking import LightPostings
from index.passages import digest
from index.records import Document, Passage
from index.searcher import Searcher

COLLECTIONS = REPOSITORY.parent / "shared" / "collections"
GLOSSARY = REPOSITORY / "data" / "glossary.yaml"


def assert_same(searcher: Searcher, questions: Iterable[str], allowed: bytes | None = None) -> int:
    """Ask both, and return how many passages were found."""
    views, model = searcher._arrays, searcher._model
    with_numpy = ArrayFinder(views, model)
    without = LightFinder(views, LightPostings(views), model)
    found = 0
    for question in questions:
        asked = searcher._asked_for(searcher.form(question))
        if asked.terms:
            best = without.find(asked, 10, allowed)
            assert best == with_numpy.find(asked, 10, allowed), question
            found += len(best)
    return found


def test_questions_to_the_given_document_have_the_same_answers(
    given_searcher: index.Searcher,
) -> None:
    lines = (REPOSITORY / "tests" / "ten_industries" / "queries.jsonl").read_text().splitlines()
    questions = [json.loads(line)["text"] for line in lines]
    assert assert_same(given_searcher, questions) > 100
    assert assert_same(given_searcher, questions, bytes([0, 1] * 5)) > 50


WORDS = "tax tax law rule plan steel growth when who 5 percent the of and 钢铁 增长".split()
words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=14).map(" ".join)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(words, st.sampled_from(["Tax law", "钢铁", "Plan"])), min_size=1, max_size=9
    ),
    st.lists(words, min_size=1, max_size=4),
)
def test_random_passages_and_questions_have_the_same_answers(
    texts: list[tuple[str, str]], questions: list[str]
) -> None:
    passages = []
    for number, (text, title) in enumerate(texts):
        title_of_all = texts[number // 3 * 3][1]
        document = Document(f"d{number // 3}", "a.txt", "", title_of_all)
        passages.append(
            Passage(
                document=document,
                paragraph=number % 3 + 1,
                part=None,
                text=text,
                heading=(title,),
                introduction=(),
                page=None,
                line=None,
                digest=digest(text),
            )
        )
    assert_same(searcher_over(passages, index.Bm25(), GLOSSARY), questions)


@pytest.mark.skipif(not COLLECTIONS.exists(), reason="the collections are not on this machine")
@pytest.mark.parametrize("name", ["conditionalqa", "cmrc2018", "scifact"])
def test_questions_of_collections_have_the_same_answers(name: str, tmp_path: Path) -> None:
    folder = COLLECTIONS / name
    shelf = tmp_path / "docs"
    shelf.mkdir()
    with (folder / "corpus.jsonl").open(encoding="utf-8") as file:
        for number, line in zip(range(1500), file, strict=False):
            one = json.loads(line)
            text = f"# {one.get('title') or number}\n\n{one['text']}\n"
            (shelf / f"d{number:05}.md").write_text(text, encoding="utf-8")
    lines = (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["text"] for line in lines[:120]]
    assert assert_same(build_and_open(shelf, tmp_path / "index"), questions) > 1000
