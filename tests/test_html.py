"""Pages to documents: what a browser shows of the content, in blocks, and nothing else."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import folder, readers
from index.errors import DocumentRefused
from index.readers import html
from index.readers.body import Body
from index.records import ParsedDocument


def page(content: str) -> Body:
    return html.read(f"<!DOCTYPE html><meta charset=utf-8><body>{content}".encode())


def texts(content: str) -> list[str]:
    return [paragraph.text for paragraph in page(content).paragraphs]


def introduced(content: str) -> list[tuple[tuple[str, ...], str]]:
    return [(paragraph.introduction, paragraph.text) for paragraph in page(content).paragraphs]


def read(tmp_path: Path, content: str, name: str = "page.html") -> ParsedDocument:
    (tmp_path / name).write_text(content, encoding="utf-8")
    (source,), _ = folder.find([tmp_path / name], readers.SUFFIXES)
    return readers.read(source, folder.read(source))


# Blocks


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<p>One<p>Two", ["One", "Two"]),
        ("loose <b>text</b><div>one</div>more<div>two<p>three</p>four</div>",
         ["loose text", "one", "more", "two", "three", "four"]),
        ("<p>a <i> b</i>\n\tc&nbsp; d &lt; e</p>", ["a b c\u00a0 d < e"]),
        ("<p>CO<sub>2</sub> is not<wbr>parted", ["CO2 is notparted"]),
        ("<p>one <br> two<br/>three", ["one\ntwo\nthree"]),
        ("<pre>  a = 1\n\n  b = 2\n</pre>", ["a = 1\n\n  b = 2"]),
        ("<blockquote><p>Quoted.</blockquote>", ["Quoted."]),
        ("<details><summary>Help</summary><p>Closed.</details>", ["Help", "Closed."]),
        ("<figure><img alt=x src=y><figcaption>Chart 1</figcaption></figure>", ["Chart 1"]),
        ("<p>a&#1;b&#0;c", ["ab\ufffdc"]),
        ("<center>x</center><font><p>y</font>", ["x", "y"]),
        ("<p>The fee is <del>100</del> 200 EUR.", ["The fee is 200 EUR."]),
    ],
)  # fmt: skip
def test_blocks_are_paragraphs_as_a_browser_shows_them(content: str, expected: list[str]) -> None:
    assert texts(content) == expected


@pytest.mark.parametrize(
    "content",
    [
        "<script>let no</script>",
        "<style>no {}</style>",
        "<template><p>no</template>",
        "<noscript><p>no</noscript>",
        "<!-- no --><!--[if IE]><p>no<![endif]-->",
        "<p hidden>no</p>",
        "<div style='color: red; DISPLAY : none'><p>no<div>no</div></div>",
        "<span style='visibility:hidden'>no</span>",
        "<dialog>no</dialog>",
        "<input type=hidden value=no><button>no</button><select><option>no</select>",
        "<textarea>no</textarea>",
        "<iframe>no</iframe><svg><title>no</title><text>no</text></svg>",
        "<nav><ul><li>no</ul></nav><div role=navigation>no</div>",
        "<header>no<p>no</header><footer><p>no</footer><aside>no</aside>",
        "<form><label>no <input></label></form>",
    ],
)
def test_what_is_hidden_or_surrounds_the_content_is_left_out(content: str) -> None:
    assert texts(f"<p>before</p>{content}<p>after</p>") == ["before", "after"]
    assert "no" not in " ".join(texts(f"before {content} after")).split()


def test_the_main_element_is_the_content() -> None:
    shown = "<main><header><h1>Act</h1></header><p>Text.<aside>Note.</aside></main>"
    assert texts(f"<p>Skip to content</p>{shown}<p>Related</p>") == ["Text.", "Note."]
    role = "<div role=main><p>Text.</p><footer>Source.</footer></div>"
    assert texts(f"<p>Skip</p>{role}<p>Related</p>") == ["Text.", "Source."]


def test_a_main_element_that_holds_next_to_nothing_does_not_hide_the_rest() -> None:
    assert texts(f"<p>{'All of the text. ' * 9}</p><main>x</main>")[1:] == ["x"]


def test_a_page_that_is_one_form_is_read() -> None:
    assert texts("<form><p>Article 1</p><input></form>") == ["Article 1"]


def test_headings_stand_above_their_text_and_a_button_in_one_is_its_text() -> None:
    body = page("<h1>Act</h1><h2><button>Part <b>1</b></button></h2><p>a</p><h3>B</h3><p>b</p>")
    assert body.title == "Act"
    assert [(p.heading, p.text) for p in body.paragraphs] == [
        (("Part 1",), "a"),
        (("Part 1", "B"), "b"),
    ]


def test_each_paragraph_knows_its_line() -> None:
    content = "<p>one</p>\n<p>\n\n two</p>\n<ul>\n<li>three</ul>\n<table>\n<tr><td>four"
    lines = [paragraph.line for paragraph in html.read(content.encode()).paragraphs]
    assert lines == [1, 4, 6, 8]


# Lists and tables


@pytest.mark.parametrize(
    "items", ["<ul><li>be 18<li>live here</ul>", "<li>be 18</li>\n<li>live here</li>"]
)
def test_items_carry_the_sentence_before_their_list(items: str) -> None:
    assert introduced(f"<p>All. You must:</p>{items}<p>Then apply.</p>") == [
        ((), "All. You must:"),
        (("You must:",), "be 18\nlive here"),
        ((), "Then apply."),
    ]


def test_a_nested_list_is_introduced_by_its_item() -> None:
    assert introduced("You must:<ol><li>have worked:<ul><li>26 weeks</ul><li>ask</ol>") == [
        ((), "You must:"),
        (("You must:",), "have worked:"),
        (("You must:", "have worked:"), "26 weeks"),
        (("You must:",), "ask"),
    ]


def test_a_term_stands_with_its_definition() -> None:
    content = "<dl><dt>Employer<dd>Who pays.<dt>Worker<dt>Staff<dd><p>Who works.<dt>Nobody</dl>"
    assert texts(content) == ["Employer\nWho pays.\nWorker\nStaff\nWho works.\nNobody"]


def test_rows_carry_the_heads_of_their_columns() -> None:
    long = "x" * 130
    content = (
        "<table><caption>Rates</caption><thead><tr><th>Week<th>Rate</thead>"
        f"<tr><td>1<td>{long}<tr><td>2<td>{long}</table>"
    )
    assert introduced(content) == [
        ((), f"Rates\nWeek\tRate\n1\t{long}"),
        (("Rates", "Week\tRate"), f"2\t{long}"),
    ]


def test_cells_that_span_rows_or_columns_keep_the_others_in_place() -> None:
    content = (
        "<table><tr><th>A<th>B<th>C<tr><td rowspan=2>a<td>b<td>c<tr><td><td>d"
        "<tr><td colspan=2>e<td>f<tr><td rowspan=99999 colspan=99999>g<tr><td>h</table>"
    )
    assert texts(content) == ["A\tB\tC\na\tb\tc\na\t\td\ne\t\tf\ng\ng" + "\t" * 100 + "h"]


def test_an_unmarked_first_row_names_columns_but_a_pair_does_not() -> None:
    long = "x" * 130
    rows = f"<tr><td>1<td>2<td>{long}<tr><td>3<td>4<td>{long}"
    named = introduced(f"<table><tr><td>Week<td>Rate<td>Note{rows}</table>")
    assert named[-1][0] == ("Week\tRate\tNote",)
    pairs = f"<table><tr><td>Name<td>Act<tr><td>Date<td>{long}<tr><td>Text<td>{long}</table>"
    assert introduced(pairs)[-1][0] == ()


def test_rows_outside_of_a_table_are_one() -> None:
    content = "<p>Rates.</p>\n<tr>Rate | Level</tr>\n<tr>Lower | Day</tr>\n<p>End.</p>"
    assert texts(content) == ["Rates.", "Rate | Level\nLower | Day", "End."]


def test_a_table_that_lays_out_a_page_is_read_cell_by_cell() -> None:
    content = (
        "<table><tr><td><h2>Steel</h2><p>It grows.</td><td>Menu</td></tr>"
        "<tr><td>Grade<td>SNB</tr><tr><td><table><tr><td>x<td>y</table></table>end"
    )
    assert texts(content) == ["It grows.", "Menu", "Grade\tSNB", "x\ty", "end"]


def test_blocks_within_a_cell_stay_in_its_row() -> None:
    content = "<table><tr><td>a<td><p>one<p>two<ul><li>three</ul><br>four<td>b</table>"
    assert texts(content) == ["a\tone two three four\tb"]


# What the page tells of itself


def test_the_head_of_a_page_tells_what_it_is(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        """<html lang="en-GB"><head><title>Leave - GOV.UK</title>
        <meta property="og:site_name" content="GOV.UK">
        <meta property="article:published_time" content="2023-09-06T10:00:00Z">
        <link rel=canonical href="https://example.org/leave"></head>
        <body><h1>Leave</h1><p>Text.</body></html>""",
    ).document
    assert (document.title, document.date, document.publisher, document.url, document.language) == (
        "Leave",
        "2023-09-06",
        "GOV.UK",
        "https://example.org/leave",
        "en-GB",
    )


def test_what_cannot_be_right_in_a_head_is_not_taken(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        f"""<html lang="English language"><head><title>{"long " * 100}</title>
        <meta name=date content="6 September"><meta property=og:site_name content=" ">
        <link rel=canonical href="javascript:alert(1)"></head><body><p>Text.""",
    ).document
    assert (document.title, document.date, document.publisher) == ("page", None, None)
    assert (document.url, document.language) == (None, None)


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Leave: overview - GOV.UK</title>", "<h1>Leave</h1>", "Leave"),
        ("<title>Leave</title>", "<h1>Overview</h1><p>a</p><h1>Rates</h1>", "Leave"),
        ("<title>Steel Act</title>", "<h1>Ministry</h1>", "Steel Act"),
        ("<title>Act - Site</title><meta property=og:title content=Act>", "<p>a</p>", "Act"),
        ("", "<h1>Leave</h1>", "Leave"),
        ("", "", "page"),
    ],
)
def test_the_title_is_that_of_the_page(tmp_path: Path, head: str, body: str, title: str) -> None:
    assert read(tmp_path, f"<head>{head}</head>{body}<p>Text.").document.title == title


def test_a_sidecar_goes_before_what_the_page_tells(tmp_path: Path) -> None:
    (tmp_path / "page.yaml").write_text("title: Sidecar\n")
    content = "---\ntitle: Front\n---\n<title>Page</title><p>Text."
    parsed = read(tmp_path, content, "page.htm")
    assert parsed.document.title == "Sidecar"
    assert "Front" in parsed.paragraphs[0].text  # front matter is for texts


# Odd and hostile pages


@pytest.mark.parametrize(
    "content", ["<!-- -->", "<html><body></body></html>", "<script>x</script>"]
)
def test_a_page_without_text_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(DocumentRefused, match="no paragraph of text"):
        read(tmp_path, content)


@pytest.mark.parametrize("tag", ["<div>", "<b>", "<ul><li>", "<table><tr><td>", "<details>"])
def test_ten_thousand_nested_elements_are_refused(tag: str) -> None:
    with pytest.raises(DocumentRefused, match="line 1: elements nested"):
        page(tag * 10_000 + "deep")


@pytest.mark.parametrize(
    "content",
    [
        "<div>" * 1900 + "deep",
        "<table><tr><td>" * 500 + "deep",
        "<ul><li>x" * 900 + "deep",
        "<blockquote>" * 1900 + "deep",
        f"<p title='{'x' * 1_000_000}'>deep",
        "<p " + " ".join(f"a{number}=1" for number in range(9000)) + ">deep",
        "<!-- x -->" * 50_000 + "deep",
        "<table>" + "<tr><td rowspan=9999>" * 5000 + "deep",
        "<table><tr>"
        + f"<td rowspan=9999 colspan=999>{'y' * 90}" * 100
        + "<tr><td>" * 3000
        + "deep",
        "<li>x" * 20_000 + "deep",
        "<form><input>" * 1000 + "<p>deep",
    ],
    ids=range(11),
)
def test_an_odd_page_is_read_in_linear_time(content: str) -> None:
    started = time.process_time()
    assert "deep" in "".join(texts(content))
    assert time.process_time() - started < 3


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            "<p> </p> <div> </div> <ul> </ul> <li> </li> <table> </table> <tr> </tr> <td> </td>"
            " <th> <caption> <dl> </dl> <dt> <dd> </dd> <h1> </h1> <h2> </h2> <br> <pre> </pre>"
            " <b> </b> <section> </section> <thead> <tbody>".split()
        )
        | st.sampled_from([" ", "\n", "word1 ", "word2", "word3."]),
        max_size=40,
    )
)
def test_no_word_of_a_page_is_lost_or_doubled(pieces: list[str]) -> None:
    body = page("".join(pieces))
    shown = [body.title or ""]
    headings: list[str] = []
    for paragraph in body.paragraphs:
        shown.append(paragraph.text)
        headings.extend(paragraph.heading)
    words = "".join(piece for piece in pieces if piece.startswith("word"))
    found = "".join("".join(shown).split())
    assert len(found) <= len("".join(words.split()))
    if not any(piece in ("<h1>", "<h2>") for piece in pieces):
        assert found == "".join(words.split())
