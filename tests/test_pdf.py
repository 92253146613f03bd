"""PDF to paragraphs: reading order, what is left out, what is joined, and what is refused."""

import contextlib
import re

import pytest
from conftest import REPOSITORY
from hypothesis import given, settings
from hypothesis import strategies as st
from pdf_writer import Put, lines, pdf

from index.errors import DocumentRefused
from index.readers import pdf as reader
from index.readers.body import Body
from index.readers.layout import compose
from index.readers.pages import Line, Page

FORMATS = REPOSITORY.parent / "shared" / "collections" / "formats"
WORDS = (
    "The council may grant a permit to any person who keeps a stall on the\n"
    "market square, provided that the stall is taken down before dusk and\n"
    "that the square is left as clean as it was found in the morning by\n"
    "whoever came first."
)


def read(*pages: list[Put], **options: object) -> Body:
    return reader.read(pdf(*pages, **options))  # type: ignore[arg-type]  # as pdf takes them


def texts(body: Body) -> list[str]:
    return [paragraph.text for paragraph in body.paragraphs]


def refusal(content: bytes) -> str:
    with pytest.raises(DocumentRefused) as caught:
        reader.read(content)
    return str(caught.value)


def joined(block: str) -> str:
    return block.replace("\n", " ")


# Paragraphs


def test_the_lines_of_a_paragraph_are_one_text() -> None:
    assert texts(read(lines(WORDS))) == [joined(WORDS)]


def test_a_wider_gap_begins_a_paragraph() -> None:
    body = read([*lines(WORDS), *lines(WORDS, down=160)])
    assert texts(body) == [joined(WORDS)] * 2


def test_an_indented_line_begins_a_paragraph() -> None:
    below = [Put("Permits end with the year.", 90, 148), Put("They are not renewed.", 72, 160)]
    body = read([*lines(WORDS), *below])
    assert texts(body)[0] == joined(WORDS)
    assert texts(body)[1].startswith("Permits end")


def test_a_short_line_ends_a_paragraph_where_lines_are_set_close() -> None:
    body = read([*lines(WORDS), *lines(WORDS, down=148)])
    assert texts(body) == [joined(WORDS)] * 2


def test_chinese_lines_are_joined_without_a_space() -> None:
    first = "第一条　为了规范市场秩序，保护消费者的合法权益，促进经济发展，根据有关法律，结合本"
    body = read(
        [
            Put(first, is_chinese=True),
            Put("市实际，制定本办法。", is_chinese=True, down=114),
            Put("第二条　本办法适用于本市行政区域内的市场。", is_chinese=True, down=128),
        ]
    )
    assert "结合本市实际" in texts(body)[0]
    assert texts(body)[1].startswith("第二条")


def test_a_word_parted_at_the_end_of_a_line_is_joined() -> None:
    body = read(lines("Every office of the regional and of the local govern-\nment shall answer."))
    assert texts(body) == ["Every office of the regional and of the local government shall answer."]


def test_a_compound_keeps_its_hyphen_where_the_document_has_it_elsewhere() -> None:
    block = "All plans shall be long-term plans and shall name the cost of long-\nterm upkeep."
    assert texts(read(lines(block)))[0].endswith("the cost of long-term upkeep.")


def test_a_hyphen_before_a_name_stays() -> None:
    block = "The treaty that was signed in that year by the two states of Austria-\nHungary ended."
    assert "Austria-Hungary" in texts(read(lines(block)))[0]


def test_a_paragraph_goes_on_over_the_page_and_counts_for_where_it_starts() -> None:
    first, second = WORDS.split("\n")[:2], WORDS.split("\n")[2:]
    body = read(lines("\n".join(first), down=700), lines("\n".join(second)))
    assert [(p.page, p.text) for p in body.paragraphs] == [(1, joined(WORDS))]


def test_paragraphs_know_their_page() -> None:
    body = read(lines(WORDS), [], lines("Fees are due in May."))
    assert [(p.number, p.page) for p in body.paragraphs] == [(1, 1), (2, 3)]


# Reading order, heads and feet


def test_two_columns_are_read_one_after_the_other() -> None:
    left = "\n".join(f"left line {number} says what is so" for number in range(8))
    right = "\n".join(f"right line {number} says what is not" for number in range(8))
    rows = zip(lines(left, 72), lines(right, 320), strict=True)
    for drawn in ([*lines(left, 72), *lines(right, 320)], [put for row in rows for put in row]):
        text = " ".join(texts(read(drawn)))
        assert text.index("left line 7") < text.index("right line 0")
        assert text.index("left line 0") < text.index("left line 1")


def test_a_line_across_both_columns_parts_them() -> None:
    left = "\n".join(f"left line {number} says what is so" for number in range(6))
    right = "\n".join(f"right line {number} says what is not" for number in range(6))
    across = Put(
        "A line that stands across both of the columns and parts what is above it", 90, 190
    )
    page = [*lines(left), *lines(right, 320), across]
    page += [*lines(left.replace("left", "lower"), 72, 220), *lines(right, 320, 220)]
    text = " ".join(texts(read(page)))
    assert text.index("right line 5") < text.index("across both") < text.index("lower line 0")


def test_running_heads_and_page_numbers_are_left_out() -> None:
    pages = [
        [
            Put("Ministry of Roads", 240, 30),
            *lines(WORDS.replace("stall", f"stall {'abcd'[number]}")),
            Put(f"- {number + 1} -", 290, 810),
        ]
        for number in range(4)
    ]
    text = " ".join(texts(read(*pages)))
    assert "Ministry" not in text
    assert not re.search(r"- \d -", text)
    assert text.count("The council may grant") == 4


def test_left_and_right_pages_may_have_heads_of_their_own() -> None:
    heads = ["Road Act", "Part Two"]
    pages = [[Put(heads[n % 2], 72, 30), *lines(WORDS)] for n in range(6)]
    assert not {"Road Act", "Part Two"} & set(texts(read(*pages)))


def test_a_first_line_that_two_pages_share_stays() -> None:
    pages = [[Put("Ministry of Roads", 72, 60), *lines(WORDS)] for _ in range(2)]
    assert texts(read(*pages)).count("Ministry of Roads") == 2


def test_the_cells_of_a_table_over_several_pages_are_no_heads() -> None:
    def row(down: float, *cells: str) -> list[Put]:
        return [Put(cell, 72 + 120 * n, down) for n, cell in enumerate(cells)]

    pages = [
        [
            *row(80, "Stall", "Fee", "Days"),
            *(put for n in range(40) for put in row(100 + 16 * n, f"{page}{n}", "25", "300")),
        ]
        for page in "1234"
    ]
    text = "\n".join(texts(read(*pages)))
    assert text.count("\t25\t300") == 160
    assert text.count("Stall\tFee\tDays") == 1


def test_numbers_of_a_text_are_no_page_numbers() -> None:
    body = read([*lines(WORDS), Put("In force since 1998", 72, 700), Put("1998", 72, 800)])
    assert texts(body)[-1] == "1998"


# Headings, lists, tables


def test_larger_and_bolder_lines_are_headings() -> None:
    page = [Put("Market Rules", size=18), Put("1. Stalls", down=140, size=13)]
    page += [*lines(WORDS, down=170), Put("Fees", down=240, is_bold=True)]
    body = read([*page, *lines(WORDS, down=260)])
    assert body.title == "Market Rules"
    assert [p.heading for p in body.paragraphs] == [("1. Stalls",), ("1. Stalls", "Fees")]


def test_the_lines_of_a_title_page_are_no_headings() -> None:
    page = [Put("Market Rules", size=18), Put("Jane Doe", down=140, size=12)]
    page += [Put("March 2024", down=160, size=12), Put("Stalls", down=190, size=14)]
    body = read([*page, *lines(WORDS, down=220)])
    assert [(p.heading, p.text) for p in body.paragraphs][:2] == [
        ((), "Jane Doe"),
        ((), "March 2024"),
    ]
    assert body.paragraphs[2].heading == ("Stalls",)


def test_bookmarks_name_the_headings() -> None:
    page = [Put("Stalls"), *lines(WORDS, down=130), Put("Fees", down=220), *lines(WORDS, down=250)]
    body = read(page, bookmarks=["Stalls", "Fees"])
    assert [p.heading for p in body.paragraphs] == [("Stalls",), ("Fees",)]


def test_items_keep_their_marks_and_what_introduces_them() -> None:
    page = [Put("A permit is refused if"), Put("(a) the square is full;", 90, 124)]
    page += [Put("(b) the stall is not clean and has not been clean for", 90, 136)]
    page += [Put("more than a week.", 104, 148), Put("• no other ground counts.", 90, 160)]
    (lead, *items) = read(page).paragraphs
    assert lead.text == "A permit is refused if"
    assert "\n".join(item.text for item in items).split("\n") == [
        "(a) the square is full;",
        "(b) the stall is not clean and has not been clean for more than a week.",
        "• no other ground counts.",
    ]
    assert {item.introduction for item in items} == {("A permit is refused if",)}


def test_the_rows_of_a_table_stay_together() -> None:
    rows = [("Stall", "Fee"), ("Small", "10"), ("Large", "25")]
    page = [
        Put(cell, 72 + 200 * column, 100 + 16 * number, is_bold=number == 0)
        for number, row in enumerate(rows)
        for column, cell in enumerate(row)
    ]
    assert texts(read(page)) == ["Stall\tFee\nSmall\t10\nLarge\t25"]


# What the file declares, and notes


def test_a_declared_title_counts_where_the_text_shows_it() -> None:
    page = lines(WORDS)
    assert read(page, title="The council may grant a permit").own.title
    assert read(page, title="Form 7b").own.title is None
    assert read(page, title="Microsoft Word - stalls.doc").own.title is None


def test_a_declared_language_is_taken() -> None:
    assert read(lines(WORDS), language="en-GB").own.language == "en-GB"
    assert read(lines(WORDS), language="?").own.language is None


def test_a_letter_that_comes_in_two_halves_is_one() -> None:
    body = read([Put("村民委员会𠀀村公示", is_chinese=True)])
    assert texts(body) == ["村民委员会𠀀村公示"]


@pytest.mark.parametrize("place", ["title", "bookmarks"])
def test_half_a_letter_in_what_a_file_declares_is_replaced(place: str) -> None:
    half = r"\376\377\330\000\000F\000e\000e\000s"  # UTF-16
    declared = half if place == "title" else [half]
    assert texts(read(lines("Fees"), **{place: declared})) == ["Fees"]


def test_pages_without_text_are_named() -> None:
    assert read(lines(WORDS), [], [], [], lines(WORDS)).notes == ("nothing on pages 2-4",)


def test_text_at_an_angle_is_counted() -> None:
    page = [*lines(WORDS), Put("Copy for the archive", 30, 400, is_turned=True)]
    (note,) = read(page).notes
    assert note == "words that stand at an angle to the rest are left out: 4"


# Refusals


def test_a_scan_is_reported_as_such() -> None:
    assert refusal(pdf([], has_pictures=True)).startswith("no text layer (a scan?)")


def test_a_file_without_text_is_refused() -> None:
    assert refusal(pdf([])).startswith("no text found in it")


def test_a_page_without_resources_is_read_in_a_font_that_stands_in() -> None:
    assert texts(read(lines(WORDS), has_resources=False)) == [joined(WORDS)]


@pytest.mark.parametrize("content", [b"", b"hello", b"\x00" * 5000, b"PK\x03\x04"])
def test_other_bytes_are_no_pdf(content: bytes) -> None:
    assert refusal(content).startswith("not a PDF file")


def test_a_truncated_file_is_refused_or_read() -> None:
    whole = pdf(lines(WORDS))
    for size in range(10, len(whole), 97):
        with contextlib.suppress(DocumentRefused):
            assert set(texts(reader.read(whole[:size]))) <= {joined(WORDS)}


def test_too_much_text_is_refused_with_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_CHARACTERS", 300)
    reason = refusal(pdf(lines(WORDS), lines(WORDS)))
    assert reason.startswith("more than 300 characters up to page 2; split it")


def test_too_many_pages_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_PAGES", 1)
    assert refusal(pdf(lines(WORDS), [])).startswith("more than 1 pages")


# The pure part


some_lines = st.builds(
    Line,
    text=st.text("ab 1.(-第条。", min_size=1, max_size=30).filter(str.strip).map(str.strip),
    left=st.floats(0, 500),
    right=st.floats(500, 600),
    base=st.floats(0, 800),
    size=st.sampled_from([0.1, 8.0, 10.0, 14.0, 200.0]),
    is_bold=st.booleans(),
    is_hyphenated=st.booleans(),
)


@settings(max_examples=60)
@given(st.lists(st.lists(some_lines, max_size=12), max_size=5))
def test_any_lines_make_paragraphs_of_their_own_characters(pages: list[list[Line]]) -> None:
    made = compose([Page(n, 800, tuple(found)) for n, found in enumerate(pages, start=1)]).body()
    given_characters = {c for page in pages for line in page for c in line.text}
    for paragraph in made.paragraphs:
        assert set(paragraph.text) <= given_characters | set(" \n\t")
        assert 1 <= (paragraph.page or 0) <= len(pages)
