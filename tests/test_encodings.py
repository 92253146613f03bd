"""Bytes to text: what is certain is read in silence, what is guessed is told, the rest refused."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import index
from index.errors import DocumentRefused
from index.readers.decoding import declared_encoding, decode

SIMPLIFIED = "用人单位应当将直接涉及劳动者切身利益的规章制度和重大事项决定公示，或者告知劳动者。"
TRADITIONAL = "雇主應當將直接涉及勞動者切身利益的規章制度和重大事項決定公示，或者告知勞動者。"
ENGLISH = "You’ll get £60 a week – if you’re “habitually resident” – and €5 for each café."
GB = "read as GB18030, which its bytes suggest; save it as UTF-8 to be sure"
BIG5 = "read as Big5, which its bytes suggest; save it as UTF-8 to be sure"
LATIN = "read as Windows-1252, which its bytes suggest; save it as UTF-8 to be sure"
LITTLE = "read as UTF-16 (little-endian), which its bytes suggest; save it as UTF-8 to be sure"
BIG = "read as UTF-16 (big-endian), which its bytes suggest; save it as UTF-8 to be sure"


def refusal(content: bytes, declared: str | None = None) -> str:
    with pytest.raises(DocumentRefused) as caught:
        decode(content, declared)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "encoding", "note"),
    [
        (SIMPLIFIED, "gb18030", GB),
        (TRADITIONAL, "big5", BIG5),
        (ENGLISH, "cp1252", LATIN),
        ("Bake at 25°C, at 30°C, then at 35°C.", "cp1252", LATIN),
        (SIMPLIFIED + " 12.", "utf-16-le", LITTLE),
        (SIMPLIFIED + " 12.", "utf-16-be", BIG),
        (ENGLISH, "utf-16-le", LITTLE),
    ],
)
def test_what_the_bytes_suggest_is_read_and_told(text: str, encoding: str, note: str) -> None:
    decoded = decode(text.encode(encoding))
    assert (decoded.text, decoded.notes) == (text, (note,))


@pytest.mark.parametrize("text", [SIMPLIFIED, TRADITIONAL, ENGLISH, "Plain."])
def test_utf_8_is_certain(text: str) -> None:
    assert decode(text.encode()).notes == ()


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Все граждане равны перед законом и судом.", "cp1251"),
        ("すべて国民は、法の下に平等であつて、差別されない。", "cp932"),
        ("すべて国民は、法の下に平等であつて、差別されない。", "euc-jp"),
        ("Zażółć gęślą jaźń, mówił żółw.", "cp1250"),
    ],
)
def test_what_looks_like_none_of_the_guessed_encodings_is_refused(text: str, encoding: str) -> None:
    reason = refusal(text.encode(encoding))
    assert reason.startswith("line 1: not valid UTF-8, and its bytes suggest no other encoding")
    assert (
        decode(
            text.encode(encoding),
            encoding.replace("cp932", "shift_jis").replace("cp125", "windows-125"),
        ).text
        == text
    )


@pytest.mark.parametrize(
    ("page", "declared"),
    [
        (b'<meta charset="GBK">', "gbk"),
        (b"<meta http-equiv=Content-Type content='text/html; charset=gb2312'>", "gb2312"),
        (b'<?xml version="1.0" encoding="Big5"?>', "big5"),
        (b"<!-- <meta charset=gbk> --><meta charset=big5>", "big5"),
        (b"<p>charset=gbk</p>", None),
        (b" " * 5000 + b"<meta charset=gbk>", None),
    ],
)
def test_a_page_declares_its_encoding_in_its_head(page: bytes, declared: str | None) -> None:
    assert declared_encoding(page) == declared


def test_a_declaration_that_fits_is_believed_in_silence() -> None:
    short = "镗锣"  # too little to guess from
    assert decode(short.encode("gb18030"), "gb2312").text == short
    assert decode(short.encode("gb18030"), "gb2312").notes == ()


def test_a_declaration_that_is_a_lie_is_told() -> None:
    decoded = decode(ENGLISH.encode("cp1252"), "utf-8")
    assert decoded.text == ENGLISH
    assert decoded.notes == ("declares utf-8, which its bytes are not", LATIN)
    decoded = decode(ENGLISH.encode(), "iso-8859-1")
    assert decoded.text == ENGLISH
    assert decoded.notes == ("declares iso-8859-1, but its bytes are UTF-8, and were read as that",)


def test_a_few_unreadable_characters_are_replaced_and_counted() -> None:
    content = (SIMPLIFIED * 9).encode() + b"\n\nSteel \xff grows.\n\xfe"
    decoded = decode(content)
    assert decoded.text == SIMPLIFIED * 9 + "\n\nSteel \ufffd grows.\n\ufffd"
    assert decoded.notes == ("2 characters could not be read, the first on line 3",)


def test_more_than_one_in_a_hundred_is_refused_with_the_first_line() -> None:
    content = SIMPLIFIED.encode() + b"\r\nSteel \xff \xff grows."
    assert refusal(content) == "line 2: not valid UTF-8; save the file as UTF-8"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_cut_within_the_last_character_costs_that_character(encoding: str) -> None:
    decoded = decode((SIMPLIFIED * 9).encode(encoding)[:-1])
    assert decoded.text == (SIMPLIFIED * 9)[:-1]
    assert decoded.notes[-1] == "ends within a character, on line 1"


def test_notes_reach_the_report_of_the_build(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "law.txt").write_bytes(SIMPLIFIED.encode("gb18030"))
    report = index.rebuild([tmp_path / "docs"], tmp_path / "index", index.Bm25())
    assert report.notes == (f"law.txt: {GB}",)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([None, "gbk", "utf-8", "big5", "x", "koi8-r"]))
def test_any_bytes_are_read_or_refused(content: bytes, declared: str | None) -> None:
    try:
        decoded = decode(content, declared)
    except DocumentRefused:
        return
    assert decoded.text.strip()
    assert decoded.text.count("\ufffd") <= 0.01 * len(decoded.text) + content.count(
        "\ufffd".encode()
    ) + (content.count(b"\xff\xfd") + content.count(b"\xfd\xff"))


# The sets of the codecs that Python has and the wider ones that are read differ in a few signs.
@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(
        [("gb18030", "gbk"), ("big5hkscs", "big5"), ("cp1252", "latin1"), ("euc-jp", "euc-jp")]
    ),
    st.text(alphabet=SIMPLIFIED + TRADITIONAL + ENGLISH + "abc \n", min_size=1, max_size=60),
)
def test_what_is_declared_comes_back_as_it_was_written(names: tuple[str, str], text: str) -> None:
    codec, declared = names
    content = text.encode(codec, "ignore")
    wanted = content.decode(codec)
    if wanted.strip() and not _is_utf_8(content):
        assert decode(content, declared).text == wanted


def _is_utf_8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return not content.isascii()


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1),
)
def test_a_mark_brings_everything_back(encoding: str, text: str) -> None:
    if text.strip():
        assert decode(text.encode(encoding)).text == text
