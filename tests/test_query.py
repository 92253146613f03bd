import time
from pathlib import Path

import pytest
from conftest import build_and_open

import index
from index.query import MAX_TERMS, coverage


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> index.Searcher:
    folder = tmp_path_factory.mktemp("query")
    (folder / "docs").mkdir()
    (folder / "docs" / "a.txt").write_text(
        "A solid state battery stores energy.\n\nThe smartphone factory exports to the US.\n\n"
        "新能源汽车的出口增长了很多。\n\nGrowth of 3.8% and 636,000 vehicles.\n\n"
        + " ".join(f"word{n}" for n in range(200)),
        encoding="utf-8",
    )
    return build_and_open(folder / "docs", folder / "index")


def best(searcher: index.Searcher, question: str) -> int | None:
    hits = searcher.search(searcher.form(question), 3)
    return hits[0].passage.paragraph if hits else None


@pytest.mark.parametrize("spelling", ["solid state", "solid-state", "solidstate", "SOLIDSTATE"])
def test_a_compound_is_found_in_every_spelling(searcher: index.Searcher, spelling: str) -> None:
    query = searcher.form(f"Where is the {spelling} cell?")
    hits = searcher.search(query, 3)
    assert hits[0].passage.paragraph == 1
    assert query.missing == ("cell",)


@pytest.mark.parametrize("spelling", ["smart phone", "smart-phone", "smartphone"])
def test_a_word_is_found_where_the_question_parts_it(
    searcher: index.Searcher, spelling: str
) -> None:
    assert best(searcher, spelling) == 2


def test_other_spellings_that_were_searched_are_told(searcher: index.Searcher) -> None:
    assert searcher.form("solidstate cells").expansions == {"solidstate": ("solid state",)}
    assert searcher.form("a smart phone").expansions == {"smart phone": ("smartphone",)}
    assert searcher.form("solid state").expansions == {}


def test_words_that_no_document_contains_are_named_as_typed(searcher: index.Searcher) -> None:
    assert searcher.form("Which Zeppelins store energy in Übersee?").missing == (
        "Zeppelins",
        "Übersee",
    )


def test_cjk_pieces_that_no_document_contains_are_named(searcher: index.Searcher) -> None:
    assert searcher.form("新能源飞机的出口").missing == ("飞机",)
    assert searcher.form("天气怎么样").missing == ("天气",)


def test_a_character_that_stands_by_itself_is_not_missing(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "leave.txt").write_text(
        "职工累计工作已满1年不满10年的，年休假5天；已满10年不满20年的，年休假10天。\n",
        encoding="utf-8",
    )
    leave = build_and_open(tmp_path / "docs", tmp_path / "index")
    assert leave.form("工作满10年年休假多少天？").missing == ()
    assert leave.form("工作早10年年休假工资？").missing == ("早", "工资")


def test_a_character_in_hidden_documents_alone_is_missing(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "open.txt").write_text("累计工作10年。\n", encoding="utf-8")
    (tmp_path / "docs" / "secret.md").write_text(
        "---\naudience: '1'\n---\n不满一年。\n", encoding="utf-8"
    )
    both = build_and_open(tmp_path / "docs", tmp_path / "index")
    assert both.form("工作满10年").missing == ()
    assert both.seen_with(()).form("工作满10年").missing == ("满",)


def test_a_chinese_question_finds_its_passage(searcher: index.Searcher) -> None:
    query = searcher.form("新能源汽车的出口增长了吗？")
    (hit, *_) = searcher.search(query, 3)
    assert hit.passage.paragraph == 3
    assert hit.coverage == pytest.approx(1)


@pytest.mark.parametrize("spelling", ["3.8%", "3.8", "３．８％"])
def test_a_percentage_is_found_with_and_without_its_sign(
    searcher: index.Searcher, spelling: str
) -> None:
    assert best(searcher, spelling) == 4


@pytest.mark.parametrize("spelling", ["636,000", "636000"])
def test_a_number_is_found_with_and_without_commas(searcher: index.Searcher, spelling: str) -> None:
    assert best(searcher, spelling) == 4


def test_a_question_in_capitals_is_a_question(searcher: index.Searcher) -> None:
    assert list(searcher.form("WHO EXPORTS TO THE US AND IT").weights) == ["export"]
    assert list(searcher.form("Who exports to the US?").weights) == ["export", "us"]


def test_a_long_question_keeps_its_rarest_terms(searcher: index.Searcher) -> None:
    question = "growth " * 3 + " ".join(f"word{n}" for n in range(200))
    query = searcher.form(question)
    assert len(query.weights) == MAX_TERMS
    assert searcher.search(query, 1)[0].passage.paragraph == 5


def test_a_question_of_stop_words_has_no_words(searcher: index.Searcher) -> None:
    query = searcher.form("what is it and why?")
    assert (query.words, query.missing) == ((), ())
    assert searcher.search(query, 5) == []


def test_coverage_counts_rare_words_more(searcher: index.Searcher) -> None:
    query = searcher.form("growth zeppelin")
    known, unknown = query.words
    assert unknown.weight > known.weight
    assert coverage(query, {"growth"}) == pytest.approx(
        known.weight / (known.weight + unknown.weight)
    )


def test_coverage_is_a_share(searcher: index.Searcher) -> None:
    query = searcher.form("solid-state energy 3.8% growth 新能源汽车")
    everything = set(query.weights)
    assert coverage(query, everything) == pytest.approx(1)
    assert coverage(query, set()) == 0


def test_repeated_words_count_each_time(searcher: index.Searcher) -> None:
    assert searcher.form("growth growth energy").weights == {"growth": 2, "energi": 1}


def test_words_that_only_ask_are_not_missing(searcher: index.Searcher) -> None:
    assert searcher.form("Is energy mentioned, and how is it used?").missing == ()
    assert searcher.form("zeppelin mentioned").missing == ("zeppelin",)
    assert searcher.form("Hello, does everybody store energy? Thanks!").missing == ()


def test_words_that_only_ask_rank_but_need_not_be_covered(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text(
        "Funds are raised.\n\nFunds are used.\n\nLand of any use is taxed.\n"
    )
    searcher = build_and_open(tmp_path / "docs", tmp_path / "index")
    query = searcher.form("Which funds are used?")
    hits = searcher.search(query, 3)
    assert [hit.passage.paragraph for hit in hits][:1] == [2]
    assert [word.text for word in query.words] == ["funds"]
    assert {hit.passage.paragraph: hit.coverage for hit in hits} == {2: 1, 1: 1, 3: 0}


def test_a_question_of_nothing_but_such_words_is_about_them(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("Land of any use is taxed.\n")
    searcher = build_and_open(tmp_path / "docs", tmp_path / "index")
    (hit,) = searcher.search(searcher.form("What are the uses?"), 3)
    assert hit.coverage == 1


@pytest.mark.parametrize("question", ["新能汽车出口增长" * 1240, "x" * 9_990, "ab " * 3_300])
def test_a_question_of_ten_thousand_characters_takes_no_second(
    searcher: index.Searcher, question: str
) -> None:
    started = time.process_time()
    searcher.search(searcher.form(question), 5)
    assert time.process_time() - started < 1
