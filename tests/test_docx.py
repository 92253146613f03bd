"""Word files to paragraphs: what a reader of the printed page would see, and its numbers."""

import pytest
from conftest import REPOSITORY
from docx_writer import NAMESPACES, archive, docx, in_list, level, p, run, style, table
from hypothesis import given
from hypothesis import strategies as st

from index.errors import DocumentRefused
from index.readers import docx as reader
from index.readers.body import Body
from index.readers.numbering import Counter, Level, Numbering, in_form

FORMATS = REPOSITORY.parent / "shared" / "collections" / "formats" / "docx"


def read(body: str, **parts: str) -> Body:
    named = {f"word/{name}.xml": content for name, content in parts.items()}
    return reader.read(docx(body, parts=named))


def texts(body: Body) -> list[str]:
    return [paragraph.text for paragraph in body.paragraphs]


def refusal(content: bytes) -> str:
    with pytest.raises(DocumentRefused) as caught:
        reader.read(content)
    return str(caught.value)


# Text


def test_the_runs_of_a_paragraph_are_one_text() -> None:
    assert texts(read(p(run("Fees ") + run("are due.")))) == ["Fees are due."]


def test_insertions_are_kept_and_deletions_dropped() -> None:
    body = p(
        run("The fee is ")
        + "<w:del><w:r><w:delText>10</w:delText></w:r></w:del>"
        + f"<w:ins>{run('25')}</w:ins>"
        + f"<w:moveFrom>{run(' gone')}</w:moveFrom><w:moveTo>{run(' pounds.')}</w:moveTo>"
    )
    assert texts(read(body)) == ["The fee is 25 pounds."]


def test_a_paragraph_whose_end_was_deleted_goes_on_in_the_next() -> None:
    body = p("The fee", "<w:rPr><w:del/></w:rPr>") + p("is due.")
    assert texts(read(body)) == ["The fee is due."]


def test_hidden_text_is_dropped_whether_run_or_style_hides_it() -> None:
    hidden = run("secret", "<w:vanish/>") + run("secret", '<w:rStyle w:val="Secret"/>')
    shown = run("shown", '<w:rStyle w:val="Secret"/><w:vanish w:val="0"/>')
    assert texts(read(p(hidden + shown))) == ["shown"]


def test_of_a_field_the_result_is_kept() -> None:
    begin, middle, end = (
        f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")
    )
    code = "<w:r><w:instrText>REF x</w:instrText></w:r><w:r><w:t>code</w:t></w:r>"
    simple = f'<w:fldSimple w:instr="PAGE">{run("5")}</w:fldSimple>'
    body = p(run("see ") + begin + code + middle + run("section 4") + end + run(", ") + simple)
    assert texts(read(body)) == ["see section 4, 5"]


def test_links_tags_and_controls_keep_their_text() -> None:
    body = (
        p(
            f"<w:hyperlink>{run('a ')}</w:hyperlink><w:smartTag>{run('b ')}</w:smartTag>"
            f"<w:sdt><w:sdtContent>{run('c')}</w:sdtContent></w:sdt>"
        )
        + f"<w:sdt><w:sdtContent>{p('d')}</w:sdtContent></w:sdt>"
    )
    assert texts(read(body)) == ["a b c", "d"]


def test_signs_between_letters() -> None:
    inside = (
        "<w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t>"
        '<w:softHyphen/><w:t>e</w:t><w:sym w:char="F0B7"/><w:sym w:char="00A7"/>'
    )
    assert texts(read(p(f"<w:r>{inside}</w:r>"))) == ["a\tb\nc-de§"]


def test_the_words_of_a_formula_are_kept() -> None:
    assert texts(read(p(run("x is ") + "<m:oMath><m:r><m:t>a+b</m:t></m:r></m:oMath>"))) == [
        "x is a+b"
    ]


def test_a_text_box_is_kept_once() -> None:
    box = f"<w:txbxContent>{p('In the box.')}</w:txbxContent>"
    both = (
        f"<w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing>"
        f"</mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )
    assert texts(read(p(run("Around it.") + both))) == ["Around it.", "In the box."]


def test_notes_stand_below_the_paragraph_that_refers_to_them() -> None:
    notes = (
        f'<w:footnotes {NAMESPACES}><w:footnote w:id="0" w:type="separator">{p("-")}</w:footnote>'
        f'<w:footnote w:id="2">{p("Except on Sundays.")}</w:footnote></w:footnotes>'
    )
    body = p(run("Fees are due.") + '<w:r><w:footnoteReference w:id="2"/></w:r>') + p("Next.")
    assert texts(read(body, footnotes=notes)) == ["Fees are due.", "Except on Sundays.", "Next."]


def test_a_note_does_not_part_a_list_from_what_introduces_it() -> None:
    notes = f'<w:endnotes {NAMESPACES}><w:endnote w:id="2">{p("A note.")}</w:endnote></w:endnotes>'
    body = p(run("Refused if:") + '<w:r><w:endnoteReference w:id="2"/></w:r>')
    found = read(body + p("it is late", in_list(2)), endnotes=notes)
    assert texts(found) == ["Refused if:", "it is late", "A note."]
    assert found.paragraphs[1].introduction == ("Refused if:",)


def test_comments_heads_and_feet_are_not_read() -> None:
    comments = f"<w:comments {NAMESPACES}><w:comment>{p('why?')}</w:comment></w:comments>"
    header = f"<w:hdr {NAMESPACES}>{p('Ministry')}</w:hdr>"
    body = p(run("Text.") + '<w:r><w:commentReference w:id="0"/></w:r>')
    assert texts(read(body, comments=comments, header1=header)) == ["Text."]


# Headings


def test_headings_stand_above_what_is_below_them() -> None:
    body = p("Rules", style("Title")) + p("Scope", style("H1")) + p("Places", style("H2"))
    found = read(body + p("Here.") + p("Fees", style("Own")) + p("Ten."))
    assert found.title == "Rules"
    assert [x.heading for x in found.paragraphs] == [("Scope", "Places"), ("Fees",)]


def test_an_outline_level_makes_a_heading() -> None:
    found = read(p("Lead.") + p("Scope", '<w:outlineLvl w:val="0"/>') + p("Here."))
    assert found.paragraphs[-1].heading == ("Scope",)


def test_headings_show_their_numbers() -> None:
    body = p("Rules", style("Title")) + p("Scope", style("H1") + in_list(1))
    found = read(body + p("Fees", style("H1") + in_list(1)) + p("Ten."))
    assert found.paragraphs[0].heading == ("2. Fees",)


def test_the_table_of_contents_is_left_out() -> None:
    assert texts(read(p("Scope	3", style("TOC1")) + p("Here."))) == ["Here."]


# Lists and numbers


def test_clauses_show_their_numbers() -> None:
    body = p("one", style("Clause")) + p("two", style("Clause"))
    body += p("two one", in_list(1, 1)) + p("a", in_list(1, 2)) + p("b", in_list(1, 2))
    body += p("three", style("Clause")) + p("three one", in_list(1, 1))
    assert "\n".join(texts(read(body))).split("\n") == [
        "1. one",
        "2. two",
        "2.1 two one",
        "(a) a",
        "(b) b",
        "3. three",
        "3.1 three one",
    ]


def test_chinese_articles_show_their_numbers() -> None:
    body = "".join(p(f"规定{n}。", in_list(3)) for n in range(12)) + p("款", in_list(3, 1))
    shown = "\n".join(texts(read(body))).split("\n")
    assert shown[0] == "第一条 规定0。"
    assert shown[11:] == ["第十二条 规定11。", "（一） 款"]


def test_a_list_that_starts_anew_counts_from_its_own_number() -> None:
    body = p("one", in_list(1)) + p("two", in_list(1)) + p("Between.") + p("anew", in_list(4))
    assert texts(read(body))[-1] == "1. anew"


def test_a_list_goes_on_counting_after_a_paragraph() -> None:
    body = p("one", in_list(1)) + p("Between.") + p("two", in_list(1))
    assert texts(read(body)) == ["1. one", "Between.", "2. two"]


def test_bullets_have_no_number_and_carry_what_introduces_them() -> None:
    body = p("Refused if") + p("late, or", in_list(2)) + p("by a day", in_list(2, 1))
    found = read(body)
    assert texts(found) == ["Refused if", "late, or", "by a day"]
    assert found.paragraphs[2].introduction == ("Refused if", "late, or")


def test_number_0_takes_a_paragraph_out_of_the_list_of_its_style() -> None:
    assert texts(read(p("plain", style("Clause") + in_list(0)))) == ["plain"]


@pytest.mark.parametrize(
    ("number", "form", "shown"),
    [
        (4, "lowerRoman", "iv"),
        (1994, "upperRoman", "MCMXCIV"),
        (28, "lowerLetter", "bb"),
        (7, "decimalZero", "07"),
        (10, "chineseCounting", "十"),
        (21, "chineseCountingThousand", "二十一"),
        (105, "chineseCounting", "一百零五"),
        (110, "chineseCounting", "一百一十"),
        (3, "decimalEnclosedCircle", "③"),
        (22, "ordinal", "22nd"),
        (12, "ordinal", "12th"),
        (2, "ideographTraditional", "乙"),
        (12, "decimalFullWidth", "１２"),
        (5, "hebrew1", "5"),
        (0, "upperRoman", "0"),
    ],
)
def test_numbers_have_the_form_of_their_level(number: int, form: str, shown: str) -> None:
    assert in_form(number, form) == shown


def test_legal_numbering_is_in_decimal() -> None:
    levels = (Level(form="upperRoman", pattern="%1"), Level(pattern="%1.%2", is_legal=True))
    counter = Counter({"7": Numbering("0", levels)})
    assert [counter.next("7", 0), counter.next("7", 1)] == ["I", "1.1"]


@given(
    st.lists(st.tuples(st.sampled_from("1234"), st.integers(-1, 10)), max_size=20),
    st.integers(-5, 20_000),
    st.sampled_from("decimal lowerRoman upperLetter chineseCounting ordinal none".split()),
)
def test_any_list_is_counted(steps: list[tuple[str, int]], start: int, form: str) -> None:
    levels = tuple(Level(start, form, f"%{n}.%1") for n in range(1, 10))
    counter = Counter({key: Numbering("0", levels, {0: start}) for key in "12"})
    for number, depth in steps:
        shown = counter.next(number, depth)
        assert (shown is None) == (number in "34" or not 0 <= depth < 9)


# Tables


def test_cells_are_joined_and_heads_go_with_the_rows() -> None:
    long = "for every day and every stall that is larger than is usual at this market " * 3
    rows = [("Stall", "Fee"), ("Small", long), ("Large", long)]
    found = read(table(*rows, head_rows=1))
    assert found.paragraphs[0].text == f"Stall\tFee\nSmall\t{long.strip()}"
    assert found.paragraphs[1].introduction == ("Stall\tFee",)


def test_a_look_or_bold_cells_make_the_first_row_heads() -> None:
    long = "for every day and every stall that is larger than is usual at this market " * 3
    rows = [("Small", long), ("Large", long)]
    look = read(table(("Stall", "Fee"), *rows, look='<w:tblLook w:val="0020"/>'))
    bold = read(table((p(run("Stall", "<w:b/>")), p(run("Fee", "<w:b/>"))), *rows))
    plain = read(table(("Stall", "Fee"), *rows, look='<w:tblLook w:firstRow="0"/>'))
    for found, introduction in ((look, ("Stall\tFee",)), (bold, ("Stall\tFee",)), (plain, ())):
        assert found.paragraphs[-1].introduction == introduction


def test_merged_cells_and_tables_in_cells_are_read_once() -> None:
    inner = table(("x", "y")) + p("")
    merged = "<w:tcPr><w:vMerge/></w:tcPr>" + p("")
    assert texts(read(table(("a", "b"), (merged, inner)))) == ["a\tb\n\tx y"]


def test_a_deleted_row_is_dropped() -> None:
    rows = table(("a", "b"), ("c", "d"))
    gone = rows.replace("<w:tr><w:trPr></w:trPr>", "<w:tr><w:trPr><w:del/></w:trPr>", 1)
    assert texts(read(gone)) == ["c\td"]


def test_a_frame_around_text_is_no_table() -> None:
    framed = table((p("First.") + p("Second."),))
    assert texts(read(framed)) == ["First.", "Second."]
    headed = table((p("Scope", style("H1")) + p("Here."), p("There.")))
    assert [x.heading for x in read(p("Lead.") + headed).paragraphs[1:]] == [("Scope",)] * 2


# What the file declares


def test_a_declared_title_counts_where_the_text_shows_it() -> None:
    def titled(title: str) -> str | None:
        core = f'<c xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></c>'
        body = p("Rules for markets") + p("Text.")
        return reader.read(docx(body, parts={"docProps/core.xml": core})).own.title

    assert titled("Rules for Markets") == "Rules for Markets"
    assert titled("Form 7b") is None
    assert titled("rules.docx") is None


def test_the_language_is_that_of_the_script() -> None:
    assert read(p("Fees are due.")).own.language == "en-GB"
    assert read(p("本办法自公布之日起施行。")).own.language == "zh-CN"


# Other shapes of the file


def test_the_main_part_is_found_by_its_relation_and_the_strict_form_is_read() -> None:
    relations = '<r><Relationship Type="http://x/officeDocument" Target="/doc/main.xml"/></r>'
    strict = "http://purl.oclc.org/ooxml/wordprocessingml/main"
    main = f'<w:document xmlns:w="{strict}"><w:body>{p("Here.")}</w:body></w:document>'
    content = archive({"_rels/.rels": relations, "doc/main.xml": main})
    assert texts(reader.read(content)) == ["Here."]


def test_a_style_based_on_itself_ends() -> None:
    assert texts(read(p("Here.", style("Loop")))) == ["Here."]


def test_what_is_no_number_where_one_should_be_is_passed_over() -> None:
    numbers = f'<w:numbering {NAMESPACES}><w:abstractNum w:abstractNumId="0">'
    numbers += level(0, "decimal", "%1.").replace('w:start w:val="1"', 'w:start w:val="x"')
    numbers += '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    body = p("one", in_list(1)) + p("far", in_list(1, 77)) + p("odd", in_list(99))
    assert texts(read(body, numbering=numbers + "</w:numbering>"))[0] == "1. one"


# Refusals


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a Word file (.docx)"),
        (b"\x8f\x02" * 600, "not a Word file (.docx)"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "an old Word file (.doc), or one",
        ),
        (archive({"xl/workbook.xml": "<x/>"}), "not a Word file (.docx)"),
        (docx("<x/>", wrap=False), "not a Word file (.docx)"),
        (docx("<w:p>", wrap=False), "its XML is damaged; save it again"),
        (docx(""), ""),
    ],
)
def test_what_is_no_word_file_is_refused(content: bytes, reason: str) -> None:
    if reason:
        assert refusal(content).startswith(reason)
    else:
        assert not reader.read(content).paragraphs


def test_a_document_type_is_refused_before_it_expands() -> None:
    laughs = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {name} "{f"&{below};" * 20}">'
        for below, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    document = (
        f"<!DOCTYPE x [{laughs}]><w:document {NAMESPACES}><w:body>{p('&i;')}</w:body></w:document>"
    )
    assert refusal(docx(document, wrap=False)).startswith("its XML declares a document type")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_entity_from_outside_is_refused(encoding: str) -> None:
    document = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    content = archive({"word/document.xml": document.encode(encoding)})
    assert refusal(content).startswith("its XML declares a document type")


def test_deep_nesting_is_refused() -> None:
    deep = "<w:sdt><w:sdtContent>" * 500 + "</w:sdtContent></w:sdt>" * 500
    assert "nested more than" in refusal(docx(deep))
