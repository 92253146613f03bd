"""Files to documents: which are found, what is refused, and where metadata comes from."""

import hashlib
import os
import socket
import stat
import time
from pathlib import Path

import pytest
from conftest import GIVEN, GIVEN_ID
from hypothesis import given, settings
from hypothesis import strategies as st

from index import folder, passages, readers
from index.errors import DocumentRefused, NoDocuments, YamlRefused
from index.folder import SourceBytes, SourceFile
from index.readers import text as plain_text
from index.records import Document, ParsedDocument, Refused
from index.yaml_text import parse_yaml

BODY = "Steel output shall grow by 3.8% a year.\n"


def write(root: Path, name: str, content: str | bytes = BODY) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def find(*places: Path) -> tuple[list[SourceFile], list[Refused]]:
    return folder.find(places, readers.SUFFIXES)


def found_ids(*places: Path) -> list[str]:
    return [source.id for source in find(*places)[0]]


def reasons(*places: Path) -> dict[str, str]:
    return {refused.path: refused.reason for refused in find(*places)[1]}


def read(root: Path, name: str) -> ParsedDocument:
    (source,) = [source for source in find(root)[0] if source.path == name]
    return readers.read(source, folder.read(source))


def read_text(root: Path, content: str | bytes, name: str = "plan.txt") -> ParsedDocument:
    write(root, name, content)
    return read(root, name)


def refusal(root: Path, content: str | bytes, name: str = "plan.txt") -> str:
    with pytest.raises(DocumentRefused) as caught:
        read_text(root, content, name)
    return str(caught.value)


def blocks(parsed: ParsedDocument) -> list[tuple[int | None, str]]:
    return [(paragraph.line, paragraph.text) for paragraph in parsed.paragraphs]


# Ids


@pytest.mark.parametrize(
    ("path", "document_id"),
    [
        ("plan.txt", "plan"),
        ("2023-09-06-ten-key-industries.txt", "2023-09-06-ten-key-industries"),
        ("Steel Plan (Final).MD", "steel-plan--final-"),
        ("miit/2023/Plan.txt", "miit/2023/plan"),
        ("v1.2/plan.v3.txt", "v1-2/plan-v3"),
        ("十大行业 工作方案.txt", "十大行业-工作方案"),
        ("Énergie.txt", "énergie"),
        ("नीति.txt", "नीति"),
        ("a#7.txt", "a-7"),
        ("a\nb.txt", "a-b"),
        ("README", "readme"),
    ],
)
def test_an_id_is_the_path_in_lower_case_with_dashes(path: str, document_id: str) -> None:
    assert folder.document_id(path) == document_id


def test_both_spellings_of_an_accent_give_one_id() -> None:
    assert folder.document_id("e\u0301nergie.txt") == folder.document_id("\u00e9nergie.txt")


# Finding


def test_files_are_found_in_folders_below_and_sorted_by_id(tmp_path: Path) -> None:
    for name in ("b.txt", "A.md", "miit/steel.txt", "miit/2023/coal.TXT"):
        write(tmp_path, name)
    sources, refused = find(tmp_path)
    assert [(source.id, source.path) for source in sources] == [
        ("a", "A.md"),
        ("b", "b.txt"),
        ("miit/2023/coal", "miit/2023/coal.TXT"),
        ("miit/steel", "miit/steel.txt"),
    ]
    assert refused == []


def test_a_single_file_can_be_named(tmp_path: Path) -> None:
    write(tmp_path, "steel.txt")
    write(tmp_path, "steel.yaml", "title: Steel\n")
    write(tmp_path, "coal.txt")
    sources, refused = find(tmp_path / "steel.txt")
    assert sources == [SourceFile(tmp_path, "steel.txt", "steel", "steel.yaml")]
    assert refused == []


def test_several_places_are_put_together(tmp_path: Path) -> None:
    write(tmp_path, "north/steel.txt")
    write(tmp_path, "south/coal.txt")
    assert found_ids(tmp_path / "south", tmp_path / "north") == ["coal", "steel"]


def test_a_link_to_the_documents_folder_can_be_named(tmp_path: Path) -> None:
    write(tmp_path, "docs/steel.txt")
    (tmp_path / "link").symlink_to(tmp_path / "docs")
    assert found_ids(tmp_path / "link") == ["steel"]


def test_a_place_that_is_not_there_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoDocuments, match=r"policies: No such file .*--documents DIR"):
        find(tmp_path / "policies")


def test_an_empty_folder_has_no_documents(tmp_path: Path) -> None:
    assert find(tmp_path) == ([], [])


def test_names_that_start_with_a_point_are_passed_over(tmp_path: Path) -> None:
    for name in (".hidden.txt", ".git/notes.txt", "miit/.cache/steel.txt", ".yaml"):
        write(tmp_path, name)
    assert find(tmp_path) == ([], [])


def test_a_folder_may_be_named_like_a_file(tmp_path: Path) -> None:
    write(tmp_path, "plan.txt/steel.txt")
    assert found_ids(tmp_path) == ["plan-txt/steel"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("plan.rtf", ".rtf files"),
        ("plan.txt.bak", ".bak files"),
        ("PLAN", "files without a suffix"),
    ],
)
def test_another_kind_of_file_is_refused_with_those_that_can_be_read(
    tmp_path: Path, name: str, kind: str
) -> None:
    write(tmp_path, name)
    reason = reasons(tmp_path)[name]
    assert reason.startswith(kind)
    assert all(suffix in reason for suffix in readers.SUFFIXES)


@pytest.mark.parametrize(
    ("first", "second"),
    [("plan.md", "plan.txt"), ("Plan.txt", "plan.txt"), ("steel plan.txt", "steel-plan.txt")],
)
def test_the_second_file_with_an_id_is_refused_and_names_the_first(
    tmp_path: Path, first: str, second: str
) -> None:
    paths = [write(tmp_path, name) for name in (first, second)]
    if paths[0].samefile(paths[1]):
        pytest.skip("this file system does not tell upper from lower case")
    sources, refused = find(tmp_path)
    taken, left = sorted([first, second])
    assert [source.path for source in sources] == [taken]
    assert [entry.path for entry in refused] == [left]
    assert taken in refused[0].reason
    assert "rename one" in refused[0].reason


def test_files_of_two_places_with_the_same_id_are_told(tmp_path: Path) -> None:
    write(tmp_path, "north/steel.txt")
    write(tmp_path, "south/steel.txt", "Another text.\n")
    sources, refused = find(tmp_path / "north", tmp_path / "south")
    assert [source.root for source in sources] == [tmp_path / "north"]
    assert "same id" in refused[0].reason


def test_a_sidecar_without_a_document_is_told(tmp_path: Path) -> None:
    write(tmp_path, "steel.txt")
    write(tmp_path, "coal.yaml", "title: Coal\n")
    assert reasons(tmp_path) == {"coal.yaml": "metadata of a document that is not there"}


def test_a_sidecar_belongs_to_the_file_in_its_own_folder(tmp_path: Path) -> None:
    write(tmp_path, "a/steel.txt")
    write(tmp_path, "b/steel.yaml", "title: Steel\n")
    sources, refused = find(tmp_path)
    assert [source.sidecar for source in sources] == [None]
    assert [entry.path for entry in refused] == ["b/steel.yaml"]


# What stands beside the documents


def test_a_link_to_a_document_in_the_folder_is_one_itself(tmp_path: Path) -> None:
    write(tmp_path, "steel.txt")
    (tmp_path / "newest.txt").symlink_to("steel.txt")
    assert read(tmp_path, "newest.txt").paragraphs == read(tmp_path, "steel.txt").paragraphs


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside = write(tmp_path, "outside/secret.txt")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "steel.txt").symlink_to(outside)
    assert found_ids(docs) == []
    assert reasons(docs) == {"steel.txt": "a link that leads out of the documents folder"}


def test_a_link_to_a_folder_whose_name_starts_alike_leads_out(tmp_path: Path) -> None:
    outside = write(tmp_path, "docs-private/secret.txt")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "steel.txt").symlink_to(outside)
    assert found_ids(docs) == []


def test_a_sidecar_that_leads_out_of_the_folder_is_not_taken(tmp_path: Path) -> None:
    outside = write(tmp_path, "outside/secret.yaml", "title: Secret\n")
    write(tmp_path, "docs/steel.txt")
    (tmp_path / "docs" / "steel.yaml").symlink_to(outside)
    sources, refused = find(tmp_path / "docs")
    assert all(source.sidecar is None for source in sources)
    assert refused != []


def test_a_link_to_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "steel.txt").symlink_to(tmp_path / "gone.txt")
    assert reasons(tmp_path) == {"steel.txt": "a link that leads nowhere"}


def test_a_link_to_a_folder_is_not_followed_but_told(tmp_path: Path) -> None:
    write(tmp_path, "docs/miit/steel.txt")
    (tmp_path / "docs" / "again").symlink_to(tmp_path / "docs")
    assert found_ids(tmp_path / "docs") == ["miit/steel"]
    assert reasons(tmp_path / "docs") == {"again": "a link to a folder; not followed"}


def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "steel.txt")
    assert reasons(tmp_path) == {"steel.txt": "a pipe, not a file"}


def test_a_file_that_becomes_a_pipe_before_it_is_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "steel.txt")
    (source,) = find(tmp_path)[0]
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DocumentRefused, match="a pipe, not a file"):
        folder.read(source)


def test_a_file_that_is_gone_before_it_is_read_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "steel.txt")
    (source,) = find(tmp_path)[0]
    path.unlink()
    with pytest.raises(DocumentRefused, match="cannot be read: No such file"):
        folder.read(source)


def test_a_hard_link_is_a_file_like_any_other(tmp_path: Path) -> None:
    write(tmp_path, "steel.txt")
    (tmp_path / "again.txt").hardlink_to(tmp_path / "steel.txt")
    assert read(tmp_path, "again.txt").paragraphs == read(tmp_path, "steel.txt").paragraphs


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # its address may be no longer than a hundred characters
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("steel.txt")
        assert reasons(tmp_path) == {"steel.txt": "a socket, not a file"}


@pytest.mark.skipif(os.getuid() != 0, reason="only root makes devices")
def test_a_device_is_refused(tmp_path: Path) -> None:
    try:
        os.mknod(tmp_path / "steel.txt", 0o600 | stat.S_IFCHR, os.makedev(1, 5))
    except OSError:
        pytest.skip("no devices may be made here")
    assert reasons(tmp_path) == {"steel.txt": "a device, not a file"}


def test_a_file_exchanged_for_a_link_before_it_is_read_leads_nowhere_else(tmp_path: Path) -> None:
    secret = write(tmp_path, "outside/secret.txt")
    path = write(tmp_path, "docs/steel.txt")
    (source,) = find(tmp_path / "docs")[0]
    path.unlink()
    path.symlink_to(secret)
    with pytest.raises(DocumentRefused, match="a link that leads out of the documents folder"):
        folder.read(source)


def test_a_folder_exchanged_for_a_link_before_its_files_are_read_is_not_followed(
    tmp_path: Path,
) -> None:
    write(tmp_path, "outside/steel.txt", "Secret.")
    path = write(tmp_path, "docs/plans/steel.txt")
    (source,) = find(tmp_path / "docs")[0]
    path.parent.rename(tmp_path / "elsewhere")
    path.parent.symlink_to(tmp_path / "outside")
    with pytest.raises(DocumentRefused, match="a link that leads out of the documents folder"):
        folder.read(source)


def test_a_sidecar_exchanged_for_a_link_is_not_followed_out(tmp_path: Path) -> None:
    secret = write(tmp_path, "outside/secret.yaml", "title: Secret\n")
    write(tmp_path, "docs/steel.txt")
    sidecar = write(tmp_path, "docs/steel.yaml", "title: Steel\n")
    (source,) = find(tmp_path / "docs")[0]
    sidecar.unlink()
    sidecar.symlink_to(secret)
    with pytest.raises(DocumentRefused, match="leads out of the documents folder"):
        folder.read(source)


@pytest.mark.parametrize("stem", ["s" * 251, "钢" * 83 + "st"])
def test_a_name_of_255_bytes_is_read(tmp_path: Path, stem: str) -> None:
    name = f"{stem}.txt"
    assert len(name.encode()) == 255
    write(tmp_path, name)
    assert read(tmp_path, name).document.id == stem


def test_names_that_differ_in_case_only_are_not_both_taken(tmp_path: Path) -> None:
    write(tmp_path, "Steel.txt")
    write(tmp_path, "steel.txt")
    if len(list(tmp_path.iterdir())) == 1:
        pytest.skip("this file system does not tell them apart")
    assert found_ids(tmp_path) == ["steel"]
    assert "has the same id as Steel.txt" in reasons(tmp_path)["steel.txt"]


@pytest.mark.parametrize(
    "name", ["steel.pdf.exe", "steel\u202etxt.exe", "steel.txt ", "steel.txt\u200b"]
)
def test_only_the_end_of_a_name_says_what_a_file_is(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    assert "cannot be read yet" in reasons(tmp_path)[name]


def test_a_name_that_runs_from_right_to_left_has_a_plain_id(tmp_path: Path) -> None:
    write(tmp_path, "steel\u202egpj.txt")
    assert found_ids(tmp_path) == ["steel-gpj"]


def test_a_name_that_is_not_utf_8_is_refused_and_still_printable(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).write_text(BODY)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    write(tmp_path, "steel.txt")
    assert found_ids(tmp_path) == ["steel"]
    assert reasons(tmp_path) == {"caf?.txt": "its name is not valid UTF-8"}


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    with write(tmp_path, "steel.txt").open("r+b") as file:
        file.truncate(folder.LARGEST_FILE + 1)
    (source,) = find(tmp_path)[0]
    with pytest.raises(DocumentRefused, match="larger than 64 MiB; split it"):
        folder.read(source)


def test_a_huge_sidecar_is_refused_like_a_huge_file(tmp_path: Path) -> None:
    write(tmp_path, "steel.txt")
    with write(tmp_path, "steel.yaml").open("r+b") as file:
        file.truncate(folder.LARGEST_FILE + 1)
    (source,) = find(tmp_path)[0]
    with pytest.raises(DocumentRefused, match="larger than 64 MiB"):
        folder.read(source)


# The hash


def test_the_hash_of_a_lone_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    expected = hashlib.sha256(BODY.encode()).hexdigest()
    assert read_text(tmp_path, BODY).document.sha256 == expected


def test_each_change_of_file_or_sidecar_changes_the_hash() -> None:
    contents = [
        SourceBytes(b"steel", None),
        SourceBytes(b"steel", b""),
        SourceBytes(b"steel", b"title: Steel"),
        SourceBytes(b"coal", b"title: Steel"),
    ]
    assert len({content.sha256 for content in contents}) == len(contents)


# Decoding


@pytest.mark.parametrize(
    "content",
    [
        "钢铁行业\nSteel – 3.8%\n".encode(),
        "\ufeff钢铁行业\nSteel – 3.8%\n".encode(),
        "\ufeff钢铁行业\nSteel – 3.8%\n".encode("utf-16-le"),
        "\ufeff钢铁行业\nSteel – 3.8%\n".encode("utf-16-be"),
        "\ufeff钢铁行业\nSteel – 3.8%\n".encode("utf-32-le"),
        "\ufeff钢铁行业\nSteel – 3.8%\n".encode("utf-32-be"),
        "钢铁行业\r\nSteel – 3.8%\r\n".encode(),
        "钢铁行业\rSteel – 3.8%\r".encode(),
    ],
    ids=["plain", "mark", "16-le", "16-be", "32-le", "32-be", "crlf", "cr"],
)
def test_each_encoding_and_line_end_gives_the_same_text(tmp_path: Path, content: bytes) -> None:
    assert blocks(read_text(tmp_path, content)) == [(1, "钢铁行业\nSteel – 3.8%")]


@pytest.mark.parametrize(
    "content",
    [
        b"Steel\x00Coal",
        b"\x7fELF\x02\x01\x01\x00\x00\xff\xfe",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"PK\x03\x04 is a zip file",
    ],
)
def test_a_binary_file_is_refused(tmp_path: Path, content: bytes) -> None:
    assert "binary" in refusal(tmp_path, content)


@pytest.mark.parametrize(
    "content", [b"", b"\n \t\n", b"\xef\xbb\xbf", b"\xff\xfe", "\u3000\n\u00a0".encode()]
)
def test_a_file_without_a_visible_character_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(tmp_path, content) == "empty"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plan.txt", "---\ntitle: Plan\n---\n"),
        ("plan.txt", "date 2023-09-06 Plan\n"),
        ("plan.md", "# Plan\n\n## Scope\n"),
        ("plan.md", "<!-- to be written -->\n"),
    ],
)
def test_a_document_of_nothing_but_metadata_and_headings_is_refused(
    tmp_path: Path, name: str, content: str
) -> None:
    assert refusal(tmp_path, content, name) == "no paragraph of text in it"


# Plain text


def test_the_given_document_is_read_in_full() -> None:
    parsed = read(GIVEN.parent, GIVEN.name)
    assert parsed.document == Document(
        id=GIVEN_ID,
        path=GIVEN.name,
        sha256=hashlib.sha256(GIVEN.read_bytes()).hexdigest(),
        title="Ten Key Industries Collaborate to Stabilize Growth and Operations, "
        "Ministry of Industry and Information Technology Announces",
        date="2023-09-06",
    )
    assert [paragraph.number for paragraph in parsed.paragraphs] == list(range(1, 11))
    assert parsed.paragraphs[0].text.startswith("Beijing, September 5th")
    assert parsed.paragraphs[-1].text.endswith("industrial development in China.")


def test_each_paragraph_of_the_given_document_stands_on_its_line() -> None:
    lines = GIVEN.read_text(encoding="utf-8").splitlines()
    for line, paragraph in blocks(read(GIVEN.parent, GIVEN.name)):
        assert line is not None
        assert lines[line - 1].strip() == paragraph


def test_blank_lines_divide_paragraphs_and_single_line_ends_do_not(tmp_path: Path) -> None:
    content = "\n\nSteel\ngrows.\n \t\n\u3000\n  Coal \n falls.  \n\n\n\nOil\n"
    assert blocks(read_text(tmp_path, content)) == [
        (3, "Steel\ngrows."),
        (7, "Coal \n falls."),
        (12, "Oil"),
    ]


@pytest.mark.parametrize(
    ("first", "title"),
    [
        ("date 2023-09-06 Steel Plan\n\n", "Steel Plan"),
        ("  date\t2023-09-06   Steel \t Plan  \n\n", "Steel Plan"),
        ("\ufeff\n\ndate 2023-09-06 Steel Plan\n", "Steel Plan"),
        ("date 2023-09-06 钢铁行业 工作方案\n", "钢铁行业 工作方案"),
    ],
)
def test_a_first_line_may_hold_date_and_title(tmp_path: Path, first: str, title: str) -> None:
    parsed = read_text(tmp_path, first + BODY)
    assert (parsed.document.date, parsed.document.title) == ("2023-09-06", title)
    assert [text for _, text in blocks(parsed)] == [BODY.strip()]


@pytest.mark.parametrize(
    "first",
    [
        "date 2023-02-30 Steel Plan",
        "date 2023-9-6 Steel Plan",
        "date 2023-09-06",
        "date: 2023-09-06 Steel Plan",
        "update 2023-09-06 Steel Plan",
    ],
)
def test_a_first_line_of_another_form_stays_text(tmp_path: Path, first: str) -> None:
    parsed = read_text(tmp_path, f"{first}\n\n{BODY}")
    assert parsed.document.date is None
    assert parsed.document.title == "plan"
    assert parsed.paragraphs[0].text == first


def test_a_date_on_a_later_line_stays_text(tmp_path: Path) -> None:
    parsed = read_text(tmp_path, f"{BODY}\ndate 2023-09-06 Steel Plan\n")
    assert parsed.document.date is None
    assert parsed.paragraphs[1].text == "date 2023-09-06 Steel Plan"


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab。 \t\n\u3000\f", max_size=60), st.integers(1, 9))
def test_plain_text_keeps_each_visible_character_and_knows_its_line(
    content: str, first_line: int
) -> None:
    lines = content.split("\n")
    paragraphs = plain_text.read(content, first_line).paragraphs
    assert "".join("".join(p.text.split()) for p in paragraphs) == "".join(content.split())
    for paragraph in paragraphs:
        assert paragraph.line is not None
        start = lines[paragraph.line - first_line].lstrip()
        assert start.startswith(paragraph.text.partition("\n")[0])


# Markdown


def test_the_first_top_heading_is_the_title_and_the_others_stand_above_their_text(
    tmp_path: Path,
) -> None:
    content = (
        "# Steel *Plan*\n\nIn general.\n\n## Output\n\nIt grows.\n\n### Mills\n\nMany.\n\n"
        "## Export\n\nIt falls.\n\n# Annex\n\nA table.\n"
    )
    parsed = read_text(tmp_path, content, "plan.md")
    assert parsed.document.title == "Steel Plan"
    assert [(p.line, p.text, p.heading) for p in parsed.paragraphs] == [
        (3, "In general.", ()),
        (7, "It grows.", ("Output",)),
        (11, "Many.", ("Output", "Mills")),
        (15, "It falls.", ("Export",)),
        (19, "A table.", ("Annex",)),
    ]


def test_an_underlined_heading_is_one_too(tmp_path: Path) -> None:
    parsed = read_text(tmp_path, "Steel Plan\n==========\n\nOutput\n---\nIt grows.\n", "plan.md")
    assert parsed.document.title == "Steel Plan"
    assert parsed.paragraphs[0].heading == ("Output",)


@pytest.mark.parametrize(
    "before", ["In general.\n\n", "## Output\n\nIt grows.\n\n", "## Output\n\n"]
)
def test_a_top_heading_below_other_text_is_not_the_title(tmp_path: Path, before: str) -> None:
    parsed = read_text(tmp_path, f"{before}# Annex\n\nA table.\n", "plan.md")
    assert parsed.document.title == "plan"
    assert parsed.paragraphs[-1].heading == ("Annex",)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Steel *shall* **grow** by `3.8%`.", "Steel shall grow by 3.8%."),
        ("See [the law](https://example.org 'x').", "See the law."),
        ("See <https://example.org/law>.", "See https://example.org/law."),
        ("![Output *by* year](chart.png)", "Output by year"),
        ("Research &amp; development, 2 \\* 3", "Research & development, 2 * 3"),
        ("Steel\ngrows  \nfast\\\nand far", "Steel\ngrows\nfast\nand far"),
        ("CO<sub>2</sub> <!-- gas --> falls", "CO2  falls"),
        ("snake_case_name and 5 < 6 > 4", "snake_case_name and 5 < 6 > 4"),
        ("钢铁**行业**增长。", "钢铁行业增长。"),
        ("<div>\nSteel &lt; coal\n</div>", "Steel < coal"),
    ],
)
def test_marks_are_taken_out_and_the_words_stay(
    tmp_path: Path, content: str, expected: str
) -> None:
    parsed = read_text(tmp_path, content, "plan.md")
    assert [paragraph.text for paragraph in parsed.paragraphs] == [expected]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("- Steel\n- Coal\n  - Lignite\n", [(1, "Steel\nCoal"), (3, "Lignite")]),
        ("- Steel\n\n  grows.\n- Coal\n", [(1, "Steel"), (3, "grows."), (4, "Coal")]),
        ("> Steel\n> grows.\n>\n> Coal falls.\n", [(1, "Steel\ngrows."), (4, "Coal falls.")]),
        (
            "| Good | Share |\n|---|---|\n| Steel | 3.8% |\n| | 2% |\n",
            [(1, "Good | Share\nSteel | 3.8%\n2%")],
        ),
        ("```\nsteel = 1\n\ncoal = 2\n```\n", [(1, "steel = 1\n\ncoal = 2")]),
        ("Steel\n\n***\n\nCoal\n", [(1, "Steel"), (5, "Coal")]),
        ("<script>\nlet steel\n\nlet coal\n</script>\n\nOil\n", [(7, "Oil")]),
        ("<!-- Steel\n\ncoal -->\n\nOil\n", [(5, "Oil")]),
        ("[law]: https://example.org\n\nSee the [law].\n", [(3, "See the law.")]),
    ],
    ids=["list", "loose", "quote", "table", "code", "rule", "script", "comment", "reference"],
)
def test_each_block_of_markdown_is_a_paragraph_with_its_line(
    tmp_path: Path, content: str, expected: list[tuple[int, str]]
) -> None:
    assert blocks(read_text(tmp_path, content, "plan.md")) == expected


# Metadata


def test_every_field_can_stand_in_front_matter(tmp_path: Path) -> None:
    front = (
        "---\ntitle: Steel Plan\ndate: 2023-09-06\npublisher: MIIT\nurl: https://example.org/a\n"
        "language: en\nsupersedes: [old-plan, older]\naudience:\n- 123456789012345678\n- staff\n"
        "---\n"
    )
    assert read_text(tmp_path, front + BODY).document == Document(
        id="plan",
        path="plan.txt",
        sha256=hashlib.sha256((front + BODY).encode()).hexdigest(),
        title="Steel Plan",
        date="2023-09-06",
        publisher="MIIT",
        url="https://example.org/a",
        language="en",
        supersedes=("old-plan", "older"),
        audience=("123456789012345678", "staff"),
    )


@pytest.mark.parametrize("name", ["plan.txt", "plan.md"])
def test_the_text_below_front_matter_keeps_the_lines_of_its_file(tmp_path: Path, name: str) -> None:
    parsed = read_text(tmp_path, f"\n---\ntitle: Plan\n---\n\n{BODY}\nCoal falls.\n", name)
    assert [line for line, _ in blocks(parsed)] == [6, 8]


@pytest.mark.parametrize(
    "front",
    [
        "---\ntitle: Steel Plan\n---\n",
        "---\ntitle: Steel Plan\n...\n",
        "--- \ntitle: 'Steel   Plan' \n---\t\n",
        "\n\n---\r\ntitle: Steel Plan\r\n---\r\n",
        "\ufeff---\ntitle: >\n  Steel\n  Plan\n---\n",
    ],
)
def test_front_matter_is_known_by_its_two_rules(tmp_path: Path, front: str) -> None:
    parsed = read_text(tmp_path, front + BODY)
    assert parsed.document.title == "Steel Plan"
    assert [text for _, text in blocks(parsed)] == [BODY.strip()]


@pytest.mark.parametrize(
    "content",
    [
        "---\nSteel grows.\n---\nCoal falls.",
        "---\n- Steel\n- Coal\n---\nOil",
        "----\nSteel: grows\n----\nCoal",
        "---\nSteel: grows\nCoal falls.",
        "Steel\n---\ntitle: Coal\n---\nOil",
        "  ---\ntitle: Coal\n---\nOil",
    ],
)
def test_a_rule_of_dashes_that_opens_no_front_matter_stays_text(
    tmp_path: Path, content: str
) -> None:
    parsed = read_text(tmp_path, content)
    assert blocks(parsed) == [(1, content.strip())]
    assert parsed.document.title == "plan"


def test_front_matter_goes_before_the_sidecar_and_that_before_the_text(tmp_path: Path) -> None:
    own = f"date 2021-01-01 Own\n\n{BODY}"
    titles = [read_text(tmp_path, BODY).document.title, read_text(tmp_path, own).document.title]
    write(tmp_path, "plan.yaml", "title: Sidecar\n")
    titles.append(read_text(tmp_path, own).document.title)
    titles.append(read_text(tmp_path, f"---\ntitle: Front\n---\n{own}").document.title)
    assert titles == ["plan", "Own", "Sidecar", "Front"]


def test_each_field_comes_from_the_first_place_that_knows_it(tmp_path: Path) -> None:
    write(tmp_path, "plan.yaml", "title: Sidecar\npublisher: MIIT\ndate: 2022-02-02\n")
    parsed = read_text(tmp_path, "---\ntitle: Front\npublisher:\n---\n# Own\n\nSteel.\n", "plan.md")
    document = parsed.document
    assert (document.title, document.publisher, document.date) == ("Front", "MIIT", "2022-02-02")


def test_the_title_of_a_file_without_one_is_its_name(tmp_path: Path) -> None:
    assert read_text(tmp_path, BODY, "miit/Steel Plan 2.0.txt").document.title == "Steel Plan 2.0"


def test_keys_of_other_programs_are_left_alone(tmp_path: Path) -> None:
    front = "---\nlayout: [post]\nTitle: Other\ntags: {steel: 1}\n---\n"
    assert read_text(tmp_path, front + BODY).document.title == "plan"


@pytest.mark.parametrize(
    "value",
    ["2023-09-06", '"2023-09-06"', "2023-09-06 10:30:00", "2023-09-06T00:30:00+08:00"],
)
def test_a_date_is_a_day_of_the_calendar(tmp_path: Path, value: str) -> None:
    document = read_text(tmp_path, f"---\ndate: {value}\n---\n{BODY}").document
    assert document.date == "2023-09-06"


def test_a_list_of_one_may_be_written_without_brackets(tmp_path: Path) -> None:
    document = read_text(tmp_path, f"---\nsupersedes: old-plan\n---\n{BODY}").document
    assert document.supersedes == ("old-plan",)


WRONG_METADATA = [
    ("publisher: MIIT\ntitle: [Steel]", 2, "title is not a text"),
    ("\n\nurl: {a: b}", 3, "url is not a text"),
    ("title: Steel\ndate: September", 2, "date is not a date such as 2023-09-06"),
    ("date: 20230906", 1, "date is not a date such as 2023-09-06"),
    ("date: [2023-09-06]", 1, "date is not a date such as 2023-09-06"),
    ("title: Steel\nsupersedes: {old: plan}", 2, "supersedes is not a text or a list of texts"),
    ("audience: [[staff]]", 1, "audience is not a text or a list of texts"),
    ("audience:", 1, "audience is not an id or a list of ids; take the line out if it is for all"),
    ("title: Steel\nAudience: [123456789012345678]", 2, "spell Audience as audience"),
    ("title: Steel\ntitle: Coal", 2, "the key 'title' stands here twice"),
    ("tags: {a: 1,\n  a: 2}", 2, "the key 'a' stands here twice"),
    ("title: Steel\ntags: &all [x]\naudience: *all", 3, "aliases (*name) are not allowed"),
    ("title: Steel\nurl: a: b", 2, "mapping values are not allowed here"),
    ("title: Steel\n\turl: a", 2, "found character '\\t' that cannot start any token"),
    ("title: Steel\nurl: !!python/name:os.system x", 2, "tags (!name) are not allowed"),
]


@pytest.mark.parametrize(("yaml", "line", "problem"), WRONG_METADATA)
def test_wrong_front_matter_is_refused_with_the_line_of_the_file(
    tmp_path: Path, yaml: str, line: int, problem: str
) -> None:
    reason = refusal(tmp_path, f"\n---\n{yaml}\n---\n{BODY}")
    assert reason.startswith(f"front matter, line {line + 2}: {problem}")


@pytest.mark.parametrize(("yaml", "line", "problem"), WRONG_METADATA)
def test_a_wrong_sidecar_is_refused_with_its_line(
    tmp_path: Path, yaml: str, line: int, problem: str
) -> None:
    write(tmp_path, "plan.yaml", yaml)
    assert refusal(tmp_path, BODY).startswith(f"its .yaml file, line {line}: {problem}")


@pytest.mark.parametrize("yaml", ["- Steel\n- Coal\n", "Steel\n", "42\n"])
def test_a_sidecar_that_is_no_mapping_is_refused(tmp_path: Path, yaml: str) -> None:
    write(tmp_path, "plan.yaml", yaml)
    assert 'not a list of "key: value" lines' in refusal(tmp_path, BODY)


def test_a_sidecar_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "plan.yaml", b"title: caf\xe9\n")
    assert refusal(tmp_path, BODY) == "its .yaml file is not valid UTF-8"


@pytest.mark.parametrize("yaml", ["", "# nothing yet\n", "\ufeff\n"])
def test_an_empty_sidecar_says_nothing(tmp_path: Path, yaml: str) -> None:
    write(tmp_path, "plan.yaml", yaml)
    assert read_text(tmp_path, BODY).document.title == "plan"


# YAML


def test_yaml_knows_the_line_of_every_key() -> None:
    mapping = parse_yaml("a: 1\n\nb:\n  c: 2\n  d: {e: 3}\n", first_line=10)
    assert mapping is not None
    assert mapping.values == {"a": "1", "b": {"c": "2", "d": {"e": "3"}}}
    assert mapping.lines == {"a": 10, "b": 12, "b.c": 13, "b.d": 14, "b.d.e": 14}


def test_no_yaml_is_an_empty_mapping_and_another_value_is_none() -> None:
    empty = parse_yaml("")
    assert empty is not None
    assert empty.values == {}
    assert parse_yaml("[a, b]") is None


def test_the_alias_bomb_is_refused() -> None:
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    with pytest.raises(YamlRefused, match=r"^line 2: aliases"):
        parse_yaml(bomb)


@pytest.mark.parametrize("text", ["a: " + "[" * 5000, "a: " + "{a: " * 5000])
def test_yaml_that_is_nested_too_deeply_is_refused(text: str) -> None:
    with pytest.raises(YamlRefused, match=r"^line 1: nested too deeply"):
        parse_yaml(text)


def test_yaml_that_is_too_long_is_refused() -> None:
    with pytest.raises(YamlRefused, match=r"^line 7: YAML of more than"):
        parse_yaml("a: " + "x" * (1 << 20), first_line=7)


@pytest.mark.parametrize(
    ("yaml", "message"),
    [
        ("? [a, b]\n: c\n", "line 2: a key must be a text"),
        ("!!set {a, b}\n", "line 2: tags"),
        ("date: !!timestamp yesterday\n", "line 2: tags"),
        ("title: x\ndate: 2023-02-30\n", "line 3: date is not a date"),
        ("title: [x\ndate: 2023-02-01\n", "line 3: expected .* in what begins on line 2"),
        ("title: x\ndate: {a: b\n", "line 4: expected .* in what begins on line 3"),
    ],
)
def test_odd_yaml_is_refused_with_its_line(yaml: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"---\n{yaml}---\nText.\n")
    (source,), _ = folder.find([tmp_path], readers.SUFFIXES)
    with pytest.raises(DocumentRefused, match=message):
        readers.read(source, folder.read(source))


def read_written(tmp_path: Path, name: str, content: str) -> ParsedDocument:
    (tmp_path / name).write_text(content, encoding="utf-8")
    (source,), _ = folder.find([tmp_path], readers.SUFFIXES)
    return readers.read(source, folder.read(source))


def test_metadata_stays_as_it_is_written(tmp_path: Path) -> None:
    content = "---\ntitle: 1.10\nlanguage: no\naudience: 0123\n---\nText.\n"
    document = read_written(tmp_path, "a.txt", content).document
    assert (document.title, document.language, document.audience) == ("1.10", "no", ("0123",))


@pytest.mark.parametrize("prose", ["# Heading", "Article 1: all\n\nArticle 2: none"])
def test_prose_between_rules_of_dashes_is_text(prose: str, tmp_path: Path) -> None:
    parsed = read_written(tmp_path, "a.txt", f"---\n{prose}\n---\n\nText.\n")
    assert any(prose.split("\n")[0] in paragraph.text for paragraph in parsed.paragraphs)


def test_a_link_that_goes_in_a_circle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to(tmp_path / "a.txt")
    assert folder.find([tmp_path], readers.SUFFIXES) == (
        [],
        [Refused("a.txt", "a link that leads nowhere")],
    )


def test_the_same_file_named_twice_is_one_document(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Text.")
    found, refused = folder.find([tmp_path, tmp_path / "a.txt"], readers.SUFFIXES)
    assert ([source.id for source in found], refused) == (["a"], [])


def test_markdown_breaks_part_words_and_items_keep_their_numbers(tmp_path: Path) -> None:
    content = "a<br>b\n\n3. third\n4. fourth\n\n<table><tr><td>c</td><td>d</td></tr></table>\n"
    texts = [paragraph.text for paragraph in read_written(tmp_path, "a.md", content).paragraphs]
    assert texts == ["a\nb", "3. third\n4. fourth", "c\td"]


def test_markdown_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentRefused, match="deep"):
        read_written(tmp_path, "a.md", ">" * 200 + " deep\n")


@pytest.mark.parametrize(
    "content",
    [
        "a\n" + " " * 200_000 + "\nb",
        "." * 200_000 + "x",
        "word " * 400_000,
        "a\n" * 400_000,
        "a" + "\u0301" * 400_000,
    ],
)
def test_no_text_takes_more_than_linear_time(content: str, tmp_path: Path) -> None:
    started = time.process_time()
    parsed = read_written(tmp_path, "a.txt", content)
    assert list(passages.split(parsed))
    assert time.process_time() - started < 3  # it took 10 seconds and more before


def test_a_stray_control_character_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DocumentRefused, match="line 2: the control character 0x1a"):
        read_written(tmp_path, "a.txt", "One line of some length.\n" + "x" * 300 + "\x1a\n")


def test_what_is_struck_out_is_no_text(tmp_path: Path) -> None:
    parsed = read_written(tmp_path, "a.md", "The fee is ~~100~~ 200 EUR.\n")
    assert [paragraph.text for paragraph in parsed.paragraphs] == ["The fee is  200 EUR."]


def test_headings_of_the_first_level_stand_side_by_side(tmp_path: Path) -> None:
    content = "---\ntitle: T\n---\n# One\n\na\n\n## Sub\n\nb\n\n# Two\n\nc\n"
    parsed = read_written(tmp_path, "a.md", content)
    headings = [paragraph.heading for paragraph in parsed.paragraphs]
    assert headings == [("One",), ("One", "Sub"), ("Two",)]


def test_a_title_of_a_page_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DocumentRefused, match="line 2: title is not short enough"):
        read_written(tmp_path, "a.md", f"---\ntitle: {'long ' * 100}\n---\nText.\n")


def test_a_huge_block_of_html_is_read_in_linear_time(tmp_path: Path) -> None:
    started = time.process_time()
    content = "Text.\n\n<div>" + "<a " * 100_000 + "\n\nMore.\n"
    texts = [paragraph.text for paragraph in read_written(tmp_path, "a.md", content).paragraphs]
    assert time.process_time() - started < 3
    assert texts == ["Text.", "More."]


def test_html_nested_too_deeply_in_markdown_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DocumentRefused, match="line 3: elements nested"):
        read_written(tmp_path, "a.md", "Text.\n\n" + "<div>" * 5000 + "deep\n")
