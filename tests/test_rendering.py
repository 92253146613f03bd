import unicodedata
from pathlib import Path

import pytest
from conftest import build_and_open
from hypothesis import given
from hypothesis import strategies as st

import index
from bot.answering import Answer, compose
from bot.lines import Line, laid_out, plain, spread, visible
from bot.rendering import answer_lines, citation, shown
from bot.reports import report_lines


def ask(searcher: index.Searcher, question: str) -> Answer:
    query = searcher.form(question)
    return compose(question, query, searcher.find(query, 5), searcher.state, 0.0)


def text_of(lines: list[Line]) -> str:
    return "\n".join(map(plain, lines))


@pytest.fixture
def hostile(tmp_path: Path) -> index.Searcher:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "bad.txt").write_text(
        "Normal \x1b[2Jcleared \x1b]52;c;ZXZpbA==\x1b\\ screen of steel.\n"
        "Second line, \u202egnp.exe\u202c reversed \u2066steel\u2069.\n",
        encoding="utf-8",
    )
    return build_and_open(tmp_path / "docs", tmp_path / "index")


def test_an_answer_shows_quote_citation_and_the_next_hits(given_searcher: index.Searcher) -> None:
    shown_text = text_of(
        answer_lines(ask(given_searcher, "How many new energy vehicles were exported?"))
    )
    first, second = shown_text.split("\n")[:2]
    assert first.strip().startswith("Exploring the international market")
    assert second.strip() == (
        "Ten Key Industries Collaborate to Stabilize Growth and Operations, Ministry of Industry "
        "and Information Technology Announces · 2023-09-06 · paragraph 7 · "
        "[2023-09-06-ten-key-industries#7 4afbd9]"
    )
    assert "Next:" in shown_text
    assert "2. 2023-09-06-ten-key-industries#6" in shown_text


def test_what_is_not_found_is_said_first(given_searcher: index.Searcher) -> None:
    lines = answer_lines(ask(given_searcher, "What is the weather in Beijing today?"))
    assert [plain(line) for line in lines[:2]] == [
        "The documents do not answer this.",
        "No document contains: weather, today",
    ]
    assert "2023-09-06-ten-key-industries#1" in text_of(lines)


def test_uncertainty_is_said_first(given_searcher: index.Searcher) -> None:
    lines = answer_lines(ask(given_searcher, "When does the school year begin?"))
    assert plain(lines[0]) == "Closest passages; the documents may not say this."


def test_a_question_of_common_words_is_told_so(given_searcher: index.Searcher) -> None:
    assert "only common words" in text_of(answer_lines(ask(given_searcher, "what is it?")))


def test_an_explanation_names_terms_and_shares(given_searcher: index.Searcher) -> None:
    answer = ask(given_searcher, "How many new energy vehicles were exported?")
    explained = text_of(answer_lines(answer, explain=True))
    assert "export: rarity" in explained
    assert "% of the score" in explained


def test_styles_lie_inside_their_line(given_searcher: index.Searcher) -> None:
    for question in ("new energy vehicles", "What is the weather in Beijing?", "solidstate"):
        for line in answer_lines(ask(given_searcher, question), explain=True):
            assert all(0 <= start <= end <= len(line.text) for start, end, _ in line.styles)


def test_no_control_character_of_a_document_reaches_the_terminal(hostile: index.Searcher) -> None:
    answer = ask(hostile, "steel")
    lines = [
        *answer_lines(answer, explain=True),
        *shown(hostile.passages_of("bad"), [], whole=True),
    ]
    text = text_of(lines).replace("\n", "")
    assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cf")]
    assert "Normal" in text


def test_the_json_keeps_the_text_as_it_stands(hostile: index.Searcher) -> None:
    assert "\x1b[2J" in ask(hostile, "steel").quotes[0].passage.text


def test_a_report_lists_what_was_refused_by_path(tmp_path: Path) -> None:
    for name in ("b.docx", "a/c.pdf", "a.docx"):
        path = tmp_path / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"no such file")
    (tmp_path / "docs" / "good.txt").write_text("The port opens at nine.\n")
    report = index.rebuild([tmp_path / "docs"], tmp_path / "index", index.Bm25())
    refused = [line for line in report_lines(report, dry_run=False) if line.hang]
    assert [line.text.split(":")[0] for line in refused] == [
        "refused  a.docx",
        "refused  a/c.pdf",
        "refused  b.docx",
    ]


TABLE = (
    "<p>Rates for visitors:</p><table><tr><th>Time</th><th>Fee</th></tr><tr><td>An hour</td><td>two"
    " pounds</td></tr><tr><td>A month</td><td>forty pounds</td></tr></table><p>Bring:</p><ul><li>a"
    " badge</li><li>the permit</li></ul>"
)


@pytest.fixture
def tabular(tmp_path: Path) -> index.Searcher:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "fees.html").write_text(TABLE, encoding="utf-8")
    (tmp_path / "docs" / "wrapped.txt").write_text("The porter has\nthe keys.\n", encoding="utf-8")
    return build_and_open(tmp_path / "docs", tmp_path / "index")


def test_rows_and_items_stand_on_lines_of_their_own_with_cells_apart(
    tabular: index.Searcher,
) -> None:
    assert text_of(answer_lines(ask(tabular, "forty pounds a month"))[:4]) == (
        "  Rates for visitors:\n  Time   Fee\n  An hour   two pounds\n  A month   forty pounds"
    )
    whole = text_of(shown(tabular.passages_of("fees"), [], whole=True))
    assert "  2. Time   Fee\n     An hour   two pounds\n" in whole
    assert "  4. a badge\n     the permit" in whole


def test_wrapped_text_flows(tabular: index.Searcher) -> None:
    assert plain(answer_lines(ask(tabular, "porter keys"))[0]) == "  The porter has the keys."


def test_the_row_that_answers_is_the_best_sentence_and_words_are_marked_where_they_stand(
    tabular: index.Searcher,
) -> None:
    row = answer_lines(ask(tabular, "forty pounds a month"))[3]
    marked = {(style, row.text[start:end]) for start, end, style in row.styles}
    assert marked == {
        ("sentence", "A month   forty pounds"),
        ("match", "month"),
        ("match", "forty"),
        ("match", "pounds"),
    }


def test_a_hit_in_short_is_the_row_with_its_cells_apart(tabular: index.Searcher) -> None:
    lines = answer_lines(ask(tabular, "porter keys permit forty month"))
    assert "fees#2  A month   forty pounds" in text_of(lines)


@given(st.text("a\t\n\r\x1b语", max_size=30), st.booleans(), st.data())
def test_laid_out_text_keeps_what_is_marked(text: str, is_lined: bool, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(text)))
    start = data.draw(st.integers(0, end))
    lines = laid_out(text, 0, [(start, end, "match")], is_lined=is_lined)
    marked = "\n".join(line.text[first:last] for line in lines for first, last, _ in line.styles)
    assert "".join(marked.split()) == "".join(spread(text[start:end]).split())
    pieces = text.split("\n") if is_lined else [text]
    assert [line.text for line in lines] == [spread(piece) for piece in pieces]


@given(st.text())
def test_visible_text_keeps_its_length_and_holds_no_control_character(text: str) -> None:
    assert len(visible(text)) == len(text)
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in visible(text))


def test_a_citation_names_all_that_is_known() -> None:
    document = index.Document(
        id="law/copyright",
        path="law/copyright.md",
        sha256="",
        title="Copyright Act",
        date="2020-11-11",
        publisher="NPC",
        url="https://example.org/law",
    )
    passage = index.Passage(document, 12, 2, "Text.", ("Chapter 2", "Rights"), (), 3, 40, "abc123")
    assert citation(passage) == (
        "Copyright Act · NPC · 2020-11-11 · Chapter 2 > Rights · paragraph 12, part 2 · page 3 · "
        "[law/copyright#12.2 abc123] · https://example.org/law"
    )
