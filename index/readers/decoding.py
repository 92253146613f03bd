"""Bytes to text: UTF-8, or UTF-16 and UTF-32 where a byte order mark says so."""

import codecs
import re

from index.errors import DocumentRefused

# The mark of UTF-32 starts with that of UTF-16, so it is looked for first.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_FEW_CONTROLS = 0.01  # of the characters; more of them are no slip but a binary file


def decode(content: bytes) -> str:
    """Return the text, its lines ended by line feeds. Raises DocumentRefused."""
    mark, encoding = next(
        ((mark, name) for mark, name in _MARKS if content.startswith(mark)), (b"", "utf-8")
    )
    try:
        text = content[len(mark) :].decode(encoding)
    except UnicodeDecodeError as exc:
        if b"\x00" in content and not mark:
            raise DocumentRefused("binary, not text") from exc
        sound = content[len(mark) : len(mark) + exc.start].decode(encoding, errors="ignore")
        line = sound.count("\n") + 1
        raise DocumentRefused(
            f"line {line}: not valid {encoding.upper()}; save the file as UTF-8"
        ) from exc
    control = _CONTROLS.search(text)
    if control:
        if len(_CONTROLS.findall(text)) > _FEW_CONTROLS * len(text) or "\x00" in text:
            raise DocumentRefused("binary, not text")
        line = text.count("\n", 0, control.start()) + 1
        code = ord(control.group())
        raise DocumentRefused(f"line {line}: the control character {code:#04x}; take it out")
    if not text.strip():
        raise DocumentRefused("empty")
    return text.replace("\r\n", "\n").replace("\r", "\n")
