"""A folder of documents with hostile files in it: what a person sees who builds and asks."""

import shutil
import time
from pathlib import Path

import pytest
from conftest import REPOSITORY, Run
from hostile_files import put_hostile_files

FORMATS = REPOSITORY.parent / "shared" / "collections" / "formats"
KINDS = ".docx, .htm, .html, .md, .pdf, .txt"
REFUSED = [
    "refused  archive-as-word.docx: not a Word file (.docx), though its name says so; save it as "
    ".docx again",
    f"refused  archive.zip: .zip files cannot be read yet; these can: {KINDS}",
    "refused  billion-laughs.docx: its XML declares a document type, which Word never writes; "
    "save it again with the program that made it",
    "refused  deep.html: line 1: elements nested more than 2,000 deep",
    "refused  etc: a link that leads out of the documents folder",
    "refused  gigabyte.docx: unpacks to more than 100 MiB; split the document",
    "refused  passwords.txt: a link that leads out of the documents folder",
    "refused  pipe.txt: a pipe, not a file",
    "refused  socket.txt: a socket, not a file",
    "refused  zeros.txt: a device, not a file",
]
LONGEST_SECONDS = 60.0  # for what takes two on an idle machine


@pytest.fixture
def documents(project: Path) -> Path:
    folder = project / "data" / "documents"
    put_hostile_files(folder)
    return folder


def refusals(documents: Path) -> list[str]:
    """Return the lines that are due for what was put there; only root makes devices."""
    return [line for line in REFUSED if "zeros" not in line or (documents / "zeros.txt").exists()]


def test_a_build_ends_by_itself_and_says_of_each_file_what_is_wrong(
    policybot: Run, documents: Path
) -> None:
    started = time.monotonic()
    built = policybot("index", "build")
    assert time.monotonic() - started < LONGEST_SECONDS
    assert built.returncode == 0
    expected = refusals(documents)
    assert built.stdout.splitlines()[:-1] == [
        "added    2023-09-06-ten-key-industries",
        "added    archive-within-word",
        *expected,
    ]
    assert f"2 added, 0 changed, 0 unchanged, 0 removed, {len(expected)} refused" in built.stdout

    again = policybot("index", "build")
    assert again.stdout.splitlines()[:-1] == expected
    assert again.stdout.endswith("Nothing changed; generation 1 stays live.\n")


@pytest.mark.usefixtures("documents")
def test_nothing_of_what_a_link_leads_to_is_found(policybot: Run) -> None:
    policybot("index", "build")
    assert "root" in Path("/etc/passwd").read_text()
    assert policybot("ask", "What is the shell of root?").returncode == 1
    asked = policybot("ask", "How many new energy vehicles were exported?")
    assert asked.returncode == 0
    assert "paragraph 7" in asked.stdout


@pytest.mark.skipif(not FORMATS.exists(), reason="the given files are not beside this checkout")
def test_questions_to_the_good_files_beside_them_are_answered(
    policybot: Run, documents: Path
) -> None:
    shutil.copytree(FORMATS, documents, dirs_exist_ok=True, copy_function=shutil.copyfile)
    built = policybot("index", "build").stdout
    assert [line for line in built.splitlines() if line in refusals(documents)] == refusals(
        documents
    )
    for question, place in (
        (
            "How many weeks of paid parental leave do employees get?",
            "paragraph 58 · [md-en-policy/",
        ),
        ("primary statutory duties in 11 U.S.C.", "paragraph 13 · [docx/handbook-1p#13"),
        ("What is the capital of Indonesia?", "paragraph 4 · page 1 · [pdf-ok/google-doc"),
        ("无障碍设施由谁负责维护和管理？", "paragraph 49 · [md-zh-law/无障碍环境建设法"),
        ("非全日制用工劳动报酬结算支付周期", "paragraph 133 · [encodings/劳动合同法-gb18030#133"),
        ("团队的共同目标", "paragraph 2 · page 1 · [pdf-ok/issue12823#2"),
    ):
        asked = policybot("ask", question)
        assert asked.returncode == 0
        assert place in " ".join(asked.stdout.split())
