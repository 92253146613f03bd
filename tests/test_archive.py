"""Archives are checked before anything in them is parsed."""

import os
import struct
import time
import zipfile
import zlib
from io import BytesIO

import pytest
from docx_writer import archive, docx, p
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import DocumentRefused
from index.readers import docx as reader
from index.readers.archive import MOST_MEMBERS, read_parts

PLAIN = docx(p("Fees are due."))


def refusal(content: bytes) -> str:
    with pytest.raises(DocumentRefused) as caught:
        read_parts(content, lambda _: True)
    return str(caught.value)


def directory(content: bytes) -> int:
    """Return where the central directory starts."""
    return int.from_bytes(content[-6:-2], "little")


def patched(content: bytes, place: int, value: bytes) -> bytes:
    return content[:place] + value + content[place + len(value) :]


def test_only_what_is_wanted_is_kept() -> None:
    parts = read_parts(archive({"a": "1", "b": "2"}), lambda name: name == "b")
    assert parts == {"b": b"2"}


def bomb(name: str) -> bytes:
    """Return an archive of one megabyte with one member of a gigabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = block * 1024 + packer.flush()
    sizes = struct.pack("<IIIHH", 0, len(packed), 1 << 30, len(name), 0)
    local = struct.pack("<IHHHHH", 0x04034B50, 20, 0, 8, 0, 0) + sizes + name.encode()
    central = struct.pack("<IHHHHHH", 0x02014B50, 20, 20, 0, 8, 0, 0) + sizes
    central += struct.pack("<HHHII", 0, 0, 0, 0, 0) + name.encode()
    start = len(local) + len(packed)
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(central), start, 0)
    return local + packed + central + end


def test_a_bomb_is_refused_quickly() -> None:
    content = bomb("word/document.xml")
    started = time.monotonic()
    assert refusal(content).startswith("unpacks to more than 100")
    assert time.monotonic() - started < 5


def test_a_large_file_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.readers.archive.MOST_BYTES", 1 << 20)
    noise = os.urandom(1 << 19)
    assert refusal(archive({"a": noise, "b": noise, "c": b"x"})).startswith(
        "unpacks to more than 1"
    )


def test_what_a_header_says_of_sizes_is_not_believed() -> None:
    content = archive({"word/document.xml": "x" * 5000})
    place = directory(content)
    assert "damaged" in refusal(patched(content, place + 24, struct.pack("<I", 10)))


def test_an_archive_within_an_archive_is_not_opened() -> None:
    inner = archive({"deep.xml": bytes(1 << 16)})
    for _ in range(10):
        inner = archive({"inner.zip": inner})
    content = docx(p("Fees are due."), parts={"word/embeddings/inner.zip": inner})
    assert [x.text for x in reader.read(content).paragraphs] == ["Fees are due."]


def test_too_many_members_are_refused() -> None:
    members = {f"word/{number}.xml": "" for number in range(MOST_MEMBERS + 1)}
    assert refusal(archive(members)).startswith("an archive of more than 2,000 members")


def test_members_that_overlap_are_refused() -> None:
    content = archive({"a": os.urandom(100), "b": os.urandom(100)})
    place = directory(content)
    second = place + 46 + 1  # behind the entry of the first and its name
    overlapping = patched(content, second + 42, struct.pack("<I", 0))
    assert "overlap" in refusal(overlapping)


def test_two_members_of_one_name_are_refused() -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("word/document.xml", "<a/>")
        made.writestr("Word/Document.xml", "<b/>")
    assert "two members of one name" in refusal(file.getvalue())


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../up.xml", "word/../../up.xml", "..\\up", "C:\\x"]
)
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    assert "leads out of it" in refusal(archive({name: "x"}))


def test_an_encrypted_archive_is_refused() -> None:
    place = directory(PLAIN)
    assert refusal(patched(PLAIN, place + 8, b"\x01")).startswith("an encrypted archive")


def test_another_way_of_packing_is_refused() -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_BZIP2) as made:
        made.writestr("word/document.xml", "<a/>")
    assert refusal(file.getvalue()).startswith("packed in a way")


def test_a_wrong_checksum_is_found() -> None:
    content = archive({"a": b"0123456789"})
    place = directory(content)
    assert "a checksum is wrong" in refusal(patched(content, place + 16, b"\x00\x00\x00\x00"))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_archive_is_refused(share: float) -> None:
    assert refusal(PLAIN[: int(share * len(PLAIN))]).startswith("a damaged archive")


@settings(max_examples=200)
@given(st.integers(0, len(PLAIN) - 1), st.integers(1, 255))
def test_a_changed_byte_ends_in_a_document_or_a_reason(place: int, change: int) -> None:
    changed = patched(PLAIN, place, bytes([PLAIN[place] ^ change]))
    try:
        body = reader.read(changed)
    except DocumentRefused as exc:
        assert str(exc)  # noqa: PT017 (either is right)
    else:
        assert [x.text for x in body.paragraphs] == ["Fees are due."]
