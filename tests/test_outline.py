"""Blocks to paragraphs: in order, none lost, and each with what gives it its meaning."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.readers import html, markdown
from index.readers import text as plain_text
from index.readers.outline import SHORT, TOGETHER, Outline, Row
from index.records import Paragraph

LONG = "x" * (SHORT + 1)


def paragraphs(*blocks: str) -> list[tuple[tuple[str, ...], str]]:
    outline = Outline()
    for block in blocks:
        outline.paragraph(block)
    return shown(outline)


def shown(outline: Outline) -> list[tuple[tuple[str, ...], str]]:
    return [(p.introduction, p.text) for p in outline.body().paragraphs]


def read(content: str) -> list[Paragraph]:
    return list(plain_text.read(content, 1).paragraphs)


# Lines


def lined(content: str, suffix: str = "txt") -> list[tuple[str, bool]]:
    body = (plain_text if suffix == "txt" else markdown).read(content, 1)
    return [(p.text, p.is_lined) for p in body.paragraphs]


def test_lines_of_a_wrapped_paragraph_are_not_lines_of_their_own() -> None:
    assert lined("The fee is due\nin May.") == [("The fee is due\nin May.", False)]
    assert lined("The fee is due\nin May.", "md") == [("The fee is due\nin May.", False)]


def test_items_put_together_stand_on_a_line_each_however_they_were_wrapped() -> None:
    assert lined("- be\n  18\n- live here", "md") == [("be 18\nlive here", True)]
    assert lined("Fees:\n\n(a) two\n   pounds\n\n(b) ten")[1:] == [
        ("(a) two pounds\n(b) ten", True)
    ]


def test_marked_items_and_rows_of_cells_are_lines_in_plain_text_too() -> None:
    assert lined("(a) two\n(b) ten") == [("(a) two\n(b) ten", True)]
    assert lined("Week\tRate\n1\t20") == [("Week\tRate\n1\t20", True)]
    assert lined("(a) two\npounds") == [("(a) two\npounds", False)]


def test_where_the_format_does_not_wrap_each_line_break_counts() -> None:
    page = html.read_text("<p>Roses<br>red</p><p>One\nline</p>", first_line=1)
    assert [p.is_lined for p in page.paragraphs] == [True, False]


# Lists and tables


def test_short_neighbours_of_one_list_are_one_paragraph_and_long_ones_are_not() -> None:
    outline = Outline()
    outline.paragraph("You must:")
    outline.open_list()
    for item in ("be 18", "live here", LONG, "apply", *["y" * 100] * 5):
        outline.item(item)
    outline.close_list()
    texts = [text for _, text in shown(outline)]
    assert texts[1:4] == ["be 18\nlive here", LONG, "apply\n" + "\n".join(["y" * 100] * 3)]
    assert all(len(text) <= TOGETHER + 9 for text in texts)
    assert {introduction for introduction, _ in shown(outline)[1:]} == {("You must:",)}


def test_a_sentence_that_ended_introduces_nothing() -> None:
    outline = Outline()
    outline.paragraph("It is so.")
    outline.open_list()
    outline.item("be 18")
    outline.close_list()
    assert shown(outline)[1] == ((), "be 18")


def test_rows_that_are_parted_from_their_heads_carry_them() -> None:
    outline = Outline()
    outline.table([Row("Week\tRate"), Row(f"1\t{LONG}"), Row(f"2\t{LONG}")], heads=1)
    assert shown(outline) == [
        ((), f"Week\tRate\n1\t{LONG}"),
        (("Week\tRate",), f"2\t{LONG}"),
    ]


# Items that only their marks make


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("(a) be 18", "(b) live here"),
        ("- be 18", "- live here"),
        ("• be 18", "• live here"),
        ("1. be 18", "2. live here"),
        ("(1) be 18", "(2) live here"),
        ("（一）年满十八岁；", "（二）居住在本地。"),
        ("一、年满十八岁；", "二、居住在本地。"),
        ("① be 18", "② live here"),
    ],
)
def test_marked_blocks_below_a_colon_are_items(first: str, second: str) -> None:
    assert paragraphs("You must:", first, second, "Then apply.") == [
        ((), "You must:"),
        (("You must:",), f"{first}\n{second}"),
        ((), "Then apply."),
    ]


def test_a_chinese_colon_leads_as_well() -> None:
    assert paragraphs("有下列情形之一的：", "（一）连续工作满十年的；")[1][0] == (
        "有下列情形之一的：",
    )


def test_marked_blocks_without_a_colon_before_them_stand_for_themselves() -> None:
    assert paragraphs("It is so.", "(a) be 18", "(b) live here") == [
        ((), "It is so."),
        ((), "(a) be 18"),
        ((), "(b) live here"),
    ]


def test_marked_items_nest_and_the_outer_list_goes_on() -> None:
    assert paragraphs(
        "You must:", "(a) have worked:", "(i) 26 weeks", "(ii) full time", "(b) ask"
    ) == [
        ((), "You must:"),
        (("You must:",), "(a) have worked:"),
        (("You must:", "(a) have worked:"), "(i) 26 weeks\n(ii) full time"),
        (("You must:",), "(b) ask"),
    ]


def test_a_letter_that_is_a_roman_number_too_goes_on_with_its_list() -> None:
    letters = [f"({letter}) {LONG}" for letter in "ghij"]
    assert [introduction for introduction, _ in paragraphs("You must:", *letters)[1:]] == [
        ("You must:",)
    ] * 4


def test_a_heading_ends_what_marks_began() -> None:
    outline = Outline()
    outline.paragraph("You must:")
    outline.paragraph("(a) be 18")
    outline.heading(2, "Exceptions")
    outline.paragraph("(b) none")
    assert shown(outline)[-1] == ((), "(b) none")


# Plain text


def test_chapters_of_a_plain_text_stand_above_their_articles() -> None:
    content = (
        "第一编 总则\n\n第一章 基本规定\n\n第一条 为了保护权益。\n\n"
        "第二章　自然人\n\n第一节 能力\n\n第十三条 自然人从出生时起。\n\n"
        "第二编 物权\n\n第二百条 物。\n"
    )
    assert [(p.heading, p.text) for p in read(content)] == [
        (("第一编 总则", "第一章 基本规定"), "第一条 为了保护权益。"),
        (("第一编 总则", "第二章 自然人", "第一节 能力"), "第十三条 自然人从出生时起。"),
        (("第二编 物权",), "第二百条 物。"),
    ]  # fmt: skip


def test_parts_and_chapters_in_english_do_too() -> None:
    content = "PART II\n\nCHAPTER 3 Leave\n\nSection 4.2 applies.\n\nChapter 4: Pay\n\nText.\n"
    assert [(p.heading, p.text) for p in read(content)] == [
        (("PART II", "CHAPTER 3 Leave"), "Section 4.2 applies."),
        (("PART II", "Chapter 4: Pay"), "Text."),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "第一章规定了总则",
        "第一章 规定如下：",
        "Chapter 3 applies to all.",
        "Part of the work",
        "Part A's rules",
        "Title Insurance",
        "Chapter 3\nof the act",
        "#1 in sales",
    ],
)
def test_what_may_be_a_sentence_is_no_heading(line: str) -> None:
    assert [p.text for p in read(f"{line}\n\nText.\n")] == [line, "Text."]


@pytest.mark.parametrize(
    "content", ["Text.\n\n第二章 附则\n", "第一章 总则\n\n第二章 附则\n\n第三章 罚则\n\n"]
)
def test_a_heading_of_nothing_stays_text(content: str) -> None:
    assert "\n\n".join(p.text for p in read(content)) == content.strip()


def test_lines_of_elements_are_read_as_html() -> None:
    content = (
        "Attendance Allowance\n<h1>Overview</h1>\n<p>You must be:</p>\n<li>18</li>\n<li>here</li>\n"
        "<h1>Rates</h1>\n<tr>Rate | Level</tr>\n<tr>Low | Day</tr>\n"
    )
    body = plain_text.read(content, 1)
    assert body.own.title == "Attendance Allowance"
    assert [(p.line, p.heading, p.introduction, p.text) for p in body.paragraphs] == [
        (3, (), (), "You must be:"),
        (4, (), ("You must be:",), "18\nhere"),
        (7, ("Rates",), (), "Rate | Level\nLow | Day"),
    ]


def test_a_text_about_html_stays_as_it_is() -> None:
    content = "How to write a page\n\nBegin with\n<p>\nthen your text\n</p>\nand save it.\n"
    assert read(content)[0].text == "How to write a page"
    assert "<p>" in read(content)[1].text


# Nothing is lost, nothing is invented

TEXTS = st.sampled_from(
    ["Alpha.", "Beta:", "Gamma，如下：", "(a) delta:", "(i) eps", "(ii) zeta;", "1. eta", "- theta",
     "（一）艾；", LONG, "PART II", "第一章 总则"]
)  # fmt: skip
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["paragraph", "item"]), TEXTS),
        st.tuples(st.just("heading"), st.sampled_from(["1", "2", "3"])),
        st.tuples(st.just("table"), st.sampled_from(["0", "1", "2"])),
        st.tuples(st.sampled_from(["open_list", "close_list"]), st.just("")),
    ),
    max_size=30,
)


@settings(max_examples=300, deadline=None)
@given(ACTIONS)
def test_all_text_comes_out_in_order_and_introductions_stood_before(
    actions: list[tuple[str, str]],
) -> None:
    outline = Outline()
    given_texts: list[str] = []
    depth = 0
    for action, text in actions:
        if action == "paragraph":
            outline.paragraph(text)
            given_texts.append(text)
        elif action == "item":
            outline.item(text)
            given_texts.append(text)
        elif action == "heading":
            outline.heading(int(text), f"Heading {text}")
        elif action == "table":
            rows = [Row("A\tB"), Row(f"1\t{LONG}"), Row(f"2\t{LONG}")]
            outline.table(rows, int(text))
            given_texts.extend(row.text for row in rows)
        elif action == "open_list":
            outline.open_list()
            depth += 1
        elif depth:
            outline.close_list()
            depth -= 1
    before = ""
    for number, paragraph in enumerate(outline.body().paragraphs, start=1):
        assert paragraph.number == number
        for introduction in paragraph.introduction:
            assert introduction in before
        before += paragraph.text + "\n"
    assert before == "".join(text + "\n" for text in given_texts)


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, max_size=20))
def test_plain_text_comes_out_in_order(blocks: list[str]) -> None:
    body = plain_text.read("\n\n".join(blocks), 1)
    found = "\n".join(paragraph.text for paragraph in body.paragraphs).split("\n")
    rest = iter(blocks)
    for text in found if body.paragraphs else []:
        assert text in rest  # each in its turn; what is missing are headings
    headings = {name for paragraph in body.paragraphs for name in paragraph.heading}
    assert set(blocks) == {*found, *headings} - {""}
