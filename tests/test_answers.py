"""Questions about the given document, in people's words, and what must come back."""

import json
import re
import shutil
from pathlib import Path

import pytest
from conftest import GIVEN, GIVEN_ID, build_and_open
from hypothesis import given
from hypothesis import strategies as st

import index
from bot.answering import Answer, checked_question, compose
from bot.errors import QuestionRefused
from bot.json_values import answer_json

ANSWERABLE = [  # question, paragraph that must come first
    ("How many new energy vehicles were exported?", 7),
    ("Who is the director of the Operation Monitoring and Coordination Bureau?", 3),
    ("What share of industries above a designated size do the ten industries account for?", 4),
    ("By how much did industrial added value increase?", 2),
    ("How much did fixed asset investment grow?", 2),
    ("Has the decline in total profits narrowed?", 2),
    ("What is the Small and Medium-sized Enterprise Development Fund?", 5),
    ("Which technologies does the plan support in the automotive industry?", 8),
    ("solid state batteries", 8),
    ("solidstate batteries", 8),
    ("Are solid-state batteries promoted?", 8),
    ("What is the “three products” campaign?", 6),
    ("Are there products for the elderly and children?", 6),
    ("baby products", 6),
    ("Will the ministry work with the National Development and Reform Commission?", 10),
    ("Ministry of Commerce", 10),
    ("What will be done about international demand and docking platforms?", 7),
    ("cluster cultivation and transfer of industries", 9),
    ("How will weak links in processes be improved?", 9),
    ("When were the plans announced in Beijing?", 1),
    ("1.5-fold increase", 7),
    ("636000", 7),
    ("636,000 vehicles", 7),
    ("What is 3.8%?", 2),
    ("automotive chips and operating systems", 8),
    ("high-end medical equipment", 6),
    ("integrated circuits and new displays", 5),
    ("nonferrous metals", 3),
    ("non-ferrous metals", 8),
    ("What contributes to GDP?", 1),
    ("Tao Qing是谁？", 4),
    ("GDP是什么？", 1),
    ("growth of 8.5 percent", 2),
    ("Are robots mentioned?", 6),
    ("Which funds are used?", 5),
    ("September 5", 1),
]
UNANSWERABLE = [  # question, a word that must be named as missing
    ("What is the weather in Beijing today?", "weather"),
    ("Who is the president of France?", "France"),
    ("What is the minimum wage in Shanghai?", "wage"),
    ("How do I renew my passport?", "passport"),
    ("What tax does a company in Singapore pay?", "Singapore"),
    ("How many cars were sold in Japan in 2021?", "Japan"),
    ("Does the plan mention nuclear power stations?", "nuclear"),
    ("北京今天天气怎么样？", "北京今天天气"),
    ("新能源汽车出口了多少辆？", "新能源汽车出口"),
    ("上海的最低工资是多少？", "上海的最低工资"),
]
HALF_KNOWN = [  # question, paragraph, a word that must be named as missing
    ("When does the school year begin?", 2, "school"),
    ("3.8%的增长", 2, "增长"),
]


def ask(searcher: index.Searcher, question: str) -> Answer:
    query = searcher.form(question)
    return compose(question, query, searcher.find(query, 5), searcher.state, 0.0)


@pytest.mark.parametrize(("question", "paragraph"), ANSWERABLE)
def test_the_paragraph_that_answers_comes_first(
    given_searcher: index.Searcher, question: str, paragraph: int
) -> None:
    answer = ask(given_searcher, question)
    assert answer.outcome == "answered"
    assert answer.quotes[0].passage.paragraph == paragraph


@pytest.mark.parametrize(("question", "missing"), UNANSWERABLE)
def test_a_question_that_is_not_answered_is_not_found(
    given_searcher: index.Searcher, question: str, missing: str
) -> None:
    answer = ask(given_searcher, question)
    assert answer.outcome == "not_found"
    assert missing in answer.query.missing


@pytest.mark.parametrize(("question", "paragraph", "missing"), HALF_KNOWN)
def test_a_question_that_is_half_known_is_uncertain(
    given_searcher: index.Searcher, question: str, paragraph: int, missing: str
) -> None:
    answer = ask(given_searcher, question)
    assert answer.outcome == "uncertain"
    assert answer.quotes[0].passage.paragraph == paragraph
    assert missing in answer.query.missing


def test_a_word_that_only_asks_decides_nothing_even_where_another_document_has_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "docs").mkdir()
    shutil.copy(GIVEN, tmp_path / "docs")
    (tmp_path / "docs" / "land.txt").write_text("Land of any use is taxed.\n")
    searcher = build_and_open(tmp_path / "docs", tmp_path / "index")
    answer = ask(searcher, "Which funds are used?")
    assert answer.outcome == "answered"
    assert answer.quotes[0].passage.id == f"{GIVEN_ID}#5"


@pytest.mark.parametrize("question", ["what is it?", "🚗🚗🚗", "?!", "的", "为什么"])
def test_a_question_without_topic_is_not_found(
    given_searcher: index.Searcher, question: str
) -> None:
    answer = ask(given_searcher, question)
    assert (answer.outcome, answer.quotes, answer.confidence) == ("not_found", (), 0.0)


def test_every_quote_stands_in_the_document_word_for_word(given_searcher: index.Searcher) -> None:
    text = GIVEN.read_text(encoding="utf-8")
    for question, _ in ANSWERABLE:
        for quote in ask(given_searcher, question).quotes:
            assert quote.passage.text in text


def test_highlights_are_the_matched_words(given_searcher: index.Searcher) -> None:
    quote = ask(given_searcher, "How many new energy vehicles were exported?").quotes[0]
    words = {quote.passage.text[start:end] for start, end in quote.highlights}
    assert {"new", "energy", "vehicles", "exported", "export"} <= words
    assert all(a[1] < b[0] for a, b in zip(quote.highlights, quote.highlights[1:], strict=False))


def test_the_best_sentence_is_the_one_that_answers(given_searcher: index.Searcher) -> None:
    quote = ask(given_searcher, "How many new energy vehicles were exported?").quotes[0]
    start, end = quote.best_sentence
    sentence = quote.passage.text[start:end]
    assert sentence.startswith("Notably, China has experienced strong export growth")
    assert sentence.endswith("compared to the previous year.")


def test_the_json_object_has_the_fields_of_the_contract(given_searcher: index.Searcher) -> None:
    value = answer_json(ask(given_searcher, "How many new energy vehicles were exported?"))
    assert json.loads(json.dumps(value)) == value
    assert list(value) == [
        *("question", "outcome", "confidence", "missing_terms", "expansions", "suggestions"),
        *("passages", "index", "elapsed_ms", "as_of"),
    ]
    first = value["passages"][0]
    assert list(first) == [
        *("rank", "score", "id", "digest", "introduction", "text", "highlights"),
        *("best_sentence", "matched_terms", "superseded_by", "citation"),
    ]
    assert first["id"] == "2023-09-06-ten-key-industries#7"
    assert re.fullmatch("[0-9a-f]{6}", first["digest"])
    assert first["citation"] == {
        "document": "2023-09-06-ten-key-industries",
        "title": "Ten Key Industries Collaborate to Stabilize Growth and Operations, Ministry of "
        "Industry and Information Technology Announces",
        "publisher": None,
        "date": "2023-09-06",
        "heading": [],
        "paragraph": 7,
        "page": None,
        "path": "2023-09-06-ten-key-industries.txt",
        "url": None,
    }
    assert set(value["index"]) == {"generation", "documents", "passages", "built_at"}


@pytest.mark.parametrize("question", ["", " \n\t", "\x00\x1b\x07", "\ud800"])
def test_an_empty_question_is_refused(question: str) -> None:
    with pytest.raises(QuestionRefused, match="empty"):
        checked_question(question)


def test_a_question_that_is_far_too_long_is_refused() -> None:
    with pytest.raises(QuestionRefused, match="100,000 characters"):
        checked_question("x" * 100_000)


def test_what_is_not_text_is_taken_out_of_a_question() -> None:
    assert checked_question("new\x00 \x1b[31menergy\ud800\n vehicles") == "new [31menergy vehicles"


@given(st.text(max_size=300))
def test_any_question_gets_an_answer_or_a_clear_refusal(
    given_searcher: index.Searcher, text: str
) -> None:
    try:
        question = checked_question(text)
    except QuestionRefused:
        return
    answer = ask(given_searcher, question)
    assert json.dumps(answer_json(answer)).isascii()
    assert 0 <= answer.confidence <= 1
    assert (answer.outcome == "not_found") or answer.quotes


def test_a_list_divided_by_semicolons_is_marked_as_a_whole(tmp_path: Path) -> None:
    text = "职工请假。满1年的，年休假5天；满10年的，年休假10天；满20年的，15天。另行通知。"
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "leave.txt").write_text(f"{text}\n", encoding="utf-8")
    searcher = build_and_open(tmp_path / "documents", tmp_path / "index")
    query = searcher.form("满10年的年休假")
    (quote,) = compose("q", query, searcher.find(query, 1), searcher.state, 0.0).quotes
    assert text[slice(*quote.best_sentence)] == text[5:-5]
