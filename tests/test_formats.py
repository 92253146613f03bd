"""Every given file of every format: what the program makes of it, in one build of all of them."""

import json
import subprocess
import sys
from typing import Any

import pytest
from conftest import REPOSITORY, environment

import index

FORMATS = REPOSITORY.parent / "shared" / "collections" / "formats"
pytestmark = pytest.mark.skipif(
    not FORMATS.exists(), reason="the given files are not beside this checkout"
)

# path -> title, paragraphs, and of some of these: number, page, and a phrase of what is shown,
# with what stands above it
READ: dict[str, tuple[str, int, tuple[tuple[int, int | None, str], ...]]] = {
    "docx/category-level.docx": (
        "category-level",
        8,
        (
            (4, None, "A Heading 1 | A top level list item | Next level\nSame"),
            (7, None, "A Heading 1 | A Heading 2 | "),
            (7, None, "substitute for pistol"),
        ),
    ),
    "docx/docx-hdrftr.docx": ("docx-hdrftr", 1, ((1, None, "Main document"),)),
    "docx/docx-tables.docx": (
        "docx-tables",
        6,
        (
            (2, None, "Header Col 1\tHeader Col 2\nLorem ipsum\tA link example"),
            (4, None, "d\te f g&t h\ti"),
        ),
    ),
    "docx/example-list-items-multiple.docx": (
        "example-list-items-multiple",
        10,
        ((5, None, "a) The quick brown fox"), (8, None, "i) Trying various lists.")),
    ),
    "docx/handbook-1p.docx": (
        "handbook-1p",
        13,
        ((13, None, "primary statutory duties are set forth in 11 U.S.C."),),
    ),
    "docx/test_with_comment.docx": (
        "AutoGen: Enabling Next-Gen LLM Applications via Multi-Agent Conversation",
        6,
        ((2, None, "Abstract | AutoGen is an open-source framework that"),),
    ),
    "encodings/example-steelJIS-datasheet-utf-16.html": (
        "SNB22-3 - SteelJIS - Datasheet, Chemical composition, Standards and Properties",
        22,
        ((8, None, "成分"),),
    ),
    "encodings/fake-html-cp1252.html": ("My First Heading", 3, ((3, None, "Das war köstlich!"),)),
    "encodings/fake-text-utf-16.txt": ("fake-text-utf-16", 4, ((2, None, "Doylestown, PA"),)),
    "encodings/fake-text-utf-16-le.txt": ("fake-text-utf-16-le", 4, ((2, None, "Doylestown, PA"),)),
    "encodings/fake-text-utf-32.txt": ("fake-text-utf-32", 4, ((2, None, "Doylestown, PA"),)),
    "encodings/劳动合同法.gb18030.txt": (
        "中华人民共和国劳动合同法",
        171,
        ((86, None, "第四十六条 有下列情形之一的"), (171, None, "2008年1月1日")),
    ),
    "encodings/劳动合同法.truncated-gb18030.txt": (
        "中华人民共和国劳动合同法",
        149,
        ((149, None, "超过法定试用期的期"),),
    ),
    "md_en_policy/benefits.md": (
        "Benefits",
        115,
        ((58, None, "If you're having difficulty resolving an issue"),),
    ),
    "md_en_policy/dmca-takedown-policy.md": (
        "DMCA Takedown Policy",
        43,
        ((22, None, "1. Copyright Owner May File a Legal Action."),),
    ),
    "md_en_policy/github-general-privacy-statement.md": (
        "GitHub General Privacy Statement",
        139,
        ((139, None, "please send an email to privacy[at]github[dot]com."),),
    ),
    "md_en_policy/index.md": (
        "Privacy policy",
        61,
        ((61, None, "we’ll be happy to try to answer them!"),),
    ),
    "md_en_policy/leave.md": (
        "Leave types",
        107,
        (
            (54, None, "You can request up to 240 hours of advanced sick leave."),
            (58, None, "Paid Parental Leave | You are entitled to 12 weeks of paid time off"),
        ),
    ),
    "md_en_policy/travel-guide-faq.md": (
        "Frequently Asked Questions",
        172,
        ((87, None, "If your travel is non-billable"),),
    ),
    "md_zh_law/无障碍环境建设法(2023-06-28).md": (
        "中华人民共和国无障碍环境建设法",
        116,
        (
            (49, None, "第二章 无障碍设施建设 | "),
            (49, None, "由约定的责任人负责维护和管理"),
            (116, None, "第七十二条 本法自2023年9月1日起施行。"),
        ),
    ),
    "pdf_malformed/helloworld-bad.pdf": ("helloworld-bad", 1, ((1, 1, "Hello, world!"),)),
    "pdf_malformed/issue-1062-filters.pdf": (
        "issue-1062-filters",
        27,
        ((27, 2, "Dit document is geldig zonder ondertekening."),),
    ),
    "pdf_malformed/issue-1113-evil-xobjects.pdf": (
        "issue-1113-evil-xobjects",
        11,
        ((11, 1, "Hello world"),),
    ),
    "pdf_malformed/noembed-identity-2.pdf": ("noembed-identity-2", 1, ((1, 1, "あAbstract012"),)),
    "pdf_malformed/poppler-91414-0-53.pdf": ("poppler-91414-0-53", 1, ((1, 1, "foobar"),)),
    "pdf_malformed/xref_command_missing.pdf": (
        "xref_command_missing",
        1,
        ((1, 1, "Reduced test-case"),),
    ),
    "pdf_ok/google-doc-document.pdf": (
        "Example document",
        5,
        ((1, 1, "Readability counts."), (4, 1, "Capital\tJakarta\tBerlin\tVienna\tParis")),
    ),
    "pdf_ok/issue12823.pdf": ("123321", 4, ((2, 1, "有利于团队成员理解目标并朝着目标努力。"),)),
    "pdf_ok/multicolumn.pdf": (
        "Two-Column Document with Lorem Ipsum",
        15,
        (
            (6, 1, "Donec nonummy pellentesque ante"),
            (12, 2, "in faucibus orci luctus et ultrices"),
            (15, 3, "Austria\t8.9\t83,879\tVienna\tGerman"),
        ),
    ),
    "pdf_ok/pdflatex-4-pages.pdf": (
        "pdflatex-4-pages",
        1,
        ((1, 1, "some nonsense like “Huardest gefburn”?"),),
    ),
    "pdf_ok/with-attachment.pdf": ("with-attachment", 1, ((1, 1, "Lorem ipsum dolor sit amet"),)),
    "txt_en_gov/Attendance Allowance.txt": (
        "Attendance Allowance",
        50,
        ((26, None, "If you’re not expected to live for more than 6 months"),),
    ),
    "txt_en_gov/Housing Benefit.txt": (
        "Housing Benefit",
        98,
        ((98, None, "Check what help you can get with heating and energy costs."),),
    ),
    "txt_en_gov/Maternity pay and leave.txt": (
        "Maternity pay and leave",
        54,
        ((54, None, "after the birth - this may be restricted to 4 weeks per year."),),
    ),
}
NO_TEXT = "no text found in it (empty, or broken?); print it to a new PDF file"
ENCRYPTED = "encrypted; save a copy that opens without a password, or print it to a new PDF file"
REFUSED = {
    "MANIFEST.tsv": ".tsv files cannot be read yet; these can: .docx, .htm, .html, .md, .pdf, .txt",
    "docx/random-bytes-named.docx": "not a Word file (.docx), though its name says so; save it as "
    ".docx again",
    "encodings/empty.txt": "empty",
    "encodings/fake-text-all-whitespace.txt": "empty",
    "pdf_malformed/PDFBOX-3148-2-fuzzed.pdf": NO_TEXT,
    "pdf_malformed/poppler-395-0-fuzzed.pdf": "a broken PDF; print it to a new PDF file",
    "pdf_malformed/poppler-85140-0.pdf": NO_TEXT,
    "pdf_malformed/rc4-40.pdf": ENCRYPTED,
    "pdf_ok/grayscale-image.pdf": "no text layer (a scan?); run text recognition (OCR) over it, or "
    "use the original file",
    "pdf_ok/libreoffice-writer-password.pdf": ENCRYPTED,
}
NOTES = [
    f"encodings/{name}: {note}"
    for name, note in (
        (
            "fake-html-cp1252.html",
            "read as Windows-1252, which its bytes suggest; save it as UTF-8 to be sure",
        ),
        (
            "fake-text-utf-16-le.txt",
            "read as UTF-16 (little-endian), which its bytes suggest; save it as UTF-8 to be sure",
        ),
        (
            "劳动合同法.gb18030.txt",
            "read as GB18030, which its bytes suggest; save it as UTF-8 to be sure",
        ),
        (
            "劳动合同法.truncated-gb18030.txt",
            "read as GB18030, which its bytes suggest; save it as UTF-8 to be sure",
        ),
        ("劳动合同法.truncated-gb18030.txt", "ends within a character, on line 435"),
    )
] + ["pdf_ok/issue12823.pdf: 2% of its characters do not say which letters they are"]

Built = tuple[dict[str, Any], index.Searcher]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The report of one build of all files, and a searcher of what it made."""
    folder = tmp_path_factory.mktemp("formats")
    places = ("--documents", str(FORMATS), "--index", str(folder / "index"))
    done = subprocess.run(
        [sys.executable, "-m", "bot", "index", "build", "--json", *places],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(done.stdout), index.open_searcher(folder / "index", index.Bm25()).searcher


def test_every_file_is_read_or_refused_for_its_reason(built: Built) -> None:
    report, searcher = built
    assert {one["path"]: one["reason"] for one in report["refused"]} == REFUSED
    assert {document.path for document, _ in searcher.documents()} == set(READ)
    there = {path.relative_to(FORMATS).as_posix() for path in FORMATS.rglob("*") if path.is_file()}
    assert {*READ, *REFUSED} == there
    assert (report["documents"], report["passages"]) == (34, 1433)


def test_what_was_guessed_or_lost_is_noted(built: Built) -> None:
    report, _ = built
    assert report["notes"] == NOTES


@pytest.mark.parametrize("path", READ)
def test_a_file_is_read_as_people_see_it(built: Built, path: str) -> None:
    title, count, phrases = READ[path]
    _, searcher = built
    ((document, paragraphs),) = [one for one in searcher.documents() if one[0].path == path]
    assert (document.title, paragraphs) == (title, count)
    for number, page, phrase in phrases:
        parts = searcher.passages_of(f"{document.id}#{number}")
        shown = [" | ".join((*part.heading, *part.introduction, part.text)) for part in parts]
        assert any(phrase in text for text in shown)
        assert {part.page for part in parts} == {page}


def test_comments_on_a_text_are_not_in_it(built: Built) -> None:
    _, searcher = built
    shown = searcher.passages_of("docx/test-with-comment")
    assert shown
    assert not [passage for passage in shown if "what is text" in passage.text.lower()]
