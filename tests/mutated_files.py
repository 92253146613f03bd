"""Damage files in many ways and read each of them as a build would: in guarded processes.

    python tests/mutated_files.py                          20,000 files made of small ones
    python tests/mutated_files.py --files 500 FOLDER...    made of the files below folders

Every file must become a document, or a refusal that says in one line what is wrong with it;
whatever it does, the next file gets its answer, and no process takes more memory than it should.
Half of the damages to a Word file befall a part within it, for one to the archive is found by its
checksum before a word is read. Half of the files are damaged in what they say only, not in their
bytes, for one byte zero is enough to refuse a text.
"""

import argparse
import random
import re
import resource
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from conftest import GIVEN, REPOSITORY
from docx_writer import archive, docx, in_list, p, run, style, table
from pdf_writer import Put, lines, pdf

from index import folder, readers
from index.folder import SourceBytes, SourceFile
from index.guarded.outcomes import ReadDocument, Task
from index.guarded.reader import Guard
from index.guarded.spreading import read_all

GUARD = Guard()
# Who may have been led astray by the file before is replaced, and the file read once more.
LONGEST_SECONDS = 2 * GUARD.wall_seconds
MOST_MEMORY = GUARD.memory_bytes
# What an accident inside of a reader reads like, rather than something about a file. A parser in C
# that crashes is none: it may ask for memory only to find that it has none.
ACCIDENT = re.compile(r"its reader (?:failed|tried|ended|gave)")
_NO_TEXT = (b"\x00", b"\xff\xfe", b"\x81\x30\x81")
_SIGNS = (
    b"<table><tr><td colspan=99999>",
    b"</div>",
    b"<!--",
    b"&#x110000;",
    b"%PDF-1.4",
    b"endobj",
    b"/Kids [1 0 R]",
    b"/Length 99999999",
    b"stream\n",
    b"PK\x03\x04",
    b"<w:p>",
    b'<w:gridSpan w:val="99999"/>',
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"> " * 300,
    b"- " * 300,
    b"---\n",
    b"9" * 30,
)


@dataclass(frozen=True, slots=True)
class Findings:
    """What became of the files."""

    documents: int
    refused: Counter[str]  # reason, its numbers replaced -> how often
    accidents: tuple[tuple[int, str], ...]  # number of the file, and the reason
    longest_seconds: float  # between two answers
    own_memory: int  # bytes, the most this process had
    reader_memory: int  # bytes, the most one reader had


def small_files() -> list[tuple[str, bytes]]:
    """Return a file of every format, as suffix and content, that stand or are made here."""
    given = GIVEN.read_bytes()
    rows = table(("Kind", "Amount"), ("Adult", "£36"), ("Child", "£24"), head_rows=1)
    word = docx(
        p("Fees", style("H1"))
        + p("Who pays:")
        + p("each adult", in_list(1))
        + p("each child", in_list(2, 1))
        + p("第一条 用人单位")
        + rows
        + p(run("Sums change.") + '<w:r><w:footnoteReference w:id="2"/></w:r>')
    )
    printed = pdf(
        [*lines("Fees are due in\nMay of each year.\n\n1. Adults pay."), Put("£36", 300, 136)],
        [Put("第一条 用人单位", is_chinese=True), Put("Sums change.", down=140, size=18)],
        title="Fees",
        bookmarks=["Fees"],
    )
    page = (
        "<html><head><meta charset=utf-8><title>Fees</title></head><body><main><h1>Fees</h1>"
        "<p>Who pays:<ul><li>each adult<ol><li>over 18</ol><li>each child</ul><table><tr>"
        "<th>Kind<th>Amount<tr><td rowspan=2>Adult<td>£36<tr><td>£24</table><p>第一条 用人单位"
        "<dl><dt>Sum<dd>what is paid</dl></main></body></html>"
    )
    return [
        (".txt", given),
        (".txt", given.decode().encode("utf-16")),
        (".txt", "第一条 用人单位应当将规章制度公示。\n\n第二条 劳动者。\n".encode("gb18030")),
        (".md", (REPOSITORY / "README.md").read_bytes()[:20_000]),
        (
            ".md",
            b"---\ntitle: Fees\ndate: 2024-01-02\n---\n# Fees\n\n| a | b |\n|---|---|\n| c |\n",
        ),
        (".html", page.encode()),
        (".docx", word),
        (".pdf", printed),
    ]


def files_below(folders: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Return the files below folders that have a reader, as suffix and content."""
    found, _ = folder.find(folders, readers.SUFFIXES)
    return [(source.suffix, folder.read(source).text) for source in found]


def damaged(draw: random.Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """Return a content with one to eight damages; some are pieces of others."""
    changed = bytearray(content)
    kinds = range(4 if draw.random() < 0.5 else 8)
    for _ in range(draw.randint(1, 8)):
        place = draw.randrange(len(changed) + 1)
        end = min(len(changed), place + int(2 ** (12 * draw.random())))
        match draw.choice(kinds):
            case 0:
                del changed[place:end]
            case 1:
                changed[place:place] = changed[place:end] * draw.randint(1, 20)
            case 2:
                changed[place:place] = draw.choice(_SIGNS)
            case 3:
                other = draw.choice(others)
                start = draw.randrange(len(other) + 1)
                changed[place:end] = other[start : start + end - place]
            case 4 if place < len(changed):
                changed[place] ^= 1 << draw.randrange(8)
            case 5:
                changed[place:end] = draw.choice((draw.randbytes, bytes))(end - place)
            case 6:
                changed[place:place] = draw.choice(_NO_TEXT)
            case 7 if draw.random() < 0.1:
                del changed[place:]
    return bytes(changed)


def damaged_within(draw: random.Random, content: bytes, others: Sequence[bytes]) -> bytes:
    """Return a Word file with damages to one of its parts, which its checksum does not tell."""
    parts = _parts(content)
    if not parts:
        return damaged(draw, content, others)
    name = draw.choice(sorted(parts))
    pieces = [part for other in others for part in _parts(other).values()]
    return archive({**parts, name: damaged(draw, parts[name], pieces)})


def _parts(content: bytes) -> Mapping[str, bytes]:
    if not zipfile.is_zipfile(BytesIO(content)):
        return {}
    with zipfile.ZipFile(BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def tasks_of(files: Sequence[tuple[str, bytes]], count: int, seed: int) -> Iterator[Task]:
    """Yield damaged files, as many of each format."""
    draw = random.Random(seed)
    of_kind: dict[str, list[bytes]] = {}
    for suffix, content in files:
        of_kind.setdefault(suffix, []).append(content)
    for number in range(count):
        suffix = sorted(of_kind)[number % len(of_kind)]
        others = of_kind[suffix]
        damage = damaged_within if suffix == ".docx" and draw.random() < 0.5 else damaged
        made = SourceBytes(damage(draw, draw.choice(others), others), None)
        source = SourceFile(Path(), f"{number}{suffix}", str(number), None)
        yield Task(source, made, made.sha256)


def findings(files: Sequence[tuple[str, bytes]], count: int, seed: int) -> Findings:
    """Read damaged files, and tell what became of them."""
    documents = 0
    refused = Counter[str]()
    accidents: list[tuple[int, str]] = []
    longest, before = 0.0, time.monotonic()
    items = ((task.source.id, task) for task in tasks_of(files, count, seed))
    with closing(read_all(items, GUARD)) as outcomes:
        for number, outcome in outcomes:
            longest, before = max(longest, time.monotonic() - before), time.monotonic()
            if isinstance(outcome, ReadDocument):
                documents += 1
                continue
            reason = str(outcome)
            assert len(reason.splitlines()) == 1, f"{number}: {reason}"
            refused[re.sub(r"[0-9]+", "#", reason)] += 1
            if ACCIDENT.match(reason):
                accidents.append((int(number), reason))
    return Findings(
        documents,
        refused,
        tuple(accidents),
        longest,
        _most_memory(resource.RUSAGE_SELF),
        _most_memory(resource.RUSAGE_CHILDREN),
    )


def _most_memory(who: int) -> int:
    return resource.getrusage(who).ru_maxrss << 10  # Linux counts KiB


def main() -> None:
    """Print what became of them."""
    arguments = argparse.ArgumentParser(description="Read damaged files.")
    arguments.add_argument("folders", nargs="*", type=Path)
    arguments.add_argument("--files", type=int, default=20_000)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    files = files_below(options.folders) if options.folders else small_files()
    started = time.perf_counter()
    found = findings(files, options.files, options.seed)
    seconds = time.perf_counter() - started
    print(f"{options.files} files made of {len(files)}, in {seconds:.0f} s")
    print(f"{found.documents:6} read as documents")
    for reason, times in found.refused.most_common():
        print(f"{times:6} {reason}")
    print(f"longest wait for an answer: {found.longest_seconds:.1f} s")
    print(f"memory: {found.own_memory >> 20} MiB here, {found.reader_memory >> 20} MiB in a reader")
    for number, reason in found.accidents:
        print(f"not about the file, with --seed {options.seed}: {number}: {reason}")
    assert not found.accidents
    assert found.longest_seconds < LONGEST_SECONDS
    assert max(found.own_memory, found.reader_memory) < MOST_MEMORY


if __name__ == "__main__":
    main()
