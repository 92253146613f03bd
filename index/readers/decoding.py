"""Bytes to text: by a byte order mark, else what a page declares, else what the bytes suggest.

Only three legacy encodings are guessed, GB18030, Big5 and Windows-1252, each by what its text
looks like; what looks like none of them is refused, for a wrong guess would be quoted as if the
document said it. A guess is always told.
"""

import codecs
import re
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

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
_NO_CONTROLS = bytes(set(range(256)) - {*range(9), *range(14, 27), *range(28, 32)})
_FEW = 0.01  # of the characters: controls above which a file is binary, or unreadable ones
_NAMES = {"gb18030": "GB18030", "big5hkscs": "Big5", "cp1252": "Windows-1252"}

# Names that pages declare, as browsers understand them (WHATWG Encoding Standard, section 4.2):
# older and narrower sets are read as the wider ones that replaced them.
_DECLARED = {
    "gb18030": ("gb18030", "gb2312", "gbk", "gb_2312-80", "x-gbk", "hz-gb-2312"),
    "big5hkscs": ("big5", "big5-hkscs", "cn-big5", "x-x-big5"),
    "cp1252": ("windows-1252", "cp1252", "iso-8859-1", "latin1", "l1", "ascii", "us-ascii"),
    "cp932": ("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j"),
    "euc-jp": ("euc-jp", "x-euc-jp"),
    "cp949": ("euc-kr", "ks_c_5601-1987", "windows-949"),
    "iso-8859-2": ("iso-8859-2", "latin2"),
    "iso-8859-15": ("iso-8859-15",),
    "koi8-r": ("koi8-r",),
    **{f"cp{page}": (f"windows-{page}",) for page in range(1250, 1259) if page != 1252},
}
_CODECS = {name: codec for codec, names in _DECLARED.items() for name in names}
_DECLARATION = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["'](?P<xml>[\w.:-]{1,40})["']"""
    rb"""|<meta\b[^>]{0,500}?charset\s*=\s*["']?\s*(?P<meta>[\w.:-]{1,40})""",
    re.I,
)
_COMMENT = re.compile(rb"<!--.*?-->", re.S)
_HEAD = 4096  # bytes in which a page declares its encoding; browsers look at the first 1024


class Decoded(NamedTuple):
    """The text of a file, its lines ended by line feeds, and what was uncertain about it."""

    text: str
    notes: tuple[str, ...] = ()


def declared_encoding(page: bytes) -> str | None:
    """Return the encoding that an HTML page names in its head, in lower case."""
    match = _DECLARATION.search(_COMMENT.sub(b"", page[:_HEAD]))
    return (match["xml"] or match["meta"]).decode("ascii").lower() if match else None


def decode(content: bytes, declared: str | None = None) -> Decoded:
    """Return the text of a file, which may declare its encoding. Raises DocumentRefused."""
    mark, encoding = next(
        ((mark, name) for mark, name in _MARKS if content.startswith(mark)), (b"", "utf-8")
    )
    content = content[len(mark) :]
    notes: list[str] = []
    if not mark and b"\x00" in content:
        text, notes = _without_mark(content)
    elif (sound := _by_name(content, encoding)) is not None:
        text = sound
        if declared in _CODECS and not mark and not content.isascii():
            notes = [f"declares {declared}, but its bytes are UTF-8, and were read as that"]
    elif mark:
        text, notes = _repaired(content, encoding)
    else:
        text, notes = _unmarked(content, declared)
    _refuse_controls(text)
    return Decoded(text.replace("\r\n", "\n").replace("\r", "\n"), tuple(notes))


def _by_name(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _unmarked(content: bytes, declared: str | None) -> tuple[str, list[str]]:
    """Read what is not valid UTF-8, by its declaration or by what the bytes suggest."""
    codec = _CODECS.get(declared or "")
    text = _by_name(content, codec) if codec else None
    if text is not None:
        return text, []
    lie = [f"declares {declared}, which its bytes are not"] if declared else []
    whole, _ = _without_cut(content, "utf-8")
    bad = whole.count("\ufffd")
    # Sequences of UTF-8 do not come about by chance; as many again as there are errors are proof.
    if sum(character > "\x7f" for character in whole) > 2 * bad:
        return _repaired(content, "utf-8", lie)
    candidates = [
        (_likeness(encoding)(text), encoding)
        for encoding in _NAMES
        for text, _ in [_without_cut(content, encoding)]
        if text.count("\ufffd") <= _FEW * len(text)
    ]
    likeness, encoding = max(candidates, default=(0.0, ""))
    if not likeness:
        line = _line(whole, whole.find("\ufffd") if bad else len(whole))
        raise DocumentRefused(
            f"line {line}: not valid UTF-8, and its bytes suggest no other encoding; "
            "save the file as UTF-8"
        )
    guess = f"read as {_NAMES[encoding]}, which its bytes suggest; save it as UTF-8 to be sure"
    return _repaired(content, encoding, [*lie, guess])


def _without_cut(content: bytes, encoding: str) -> tuple[str, bool]:
    """Read with replacements, but without a last character that is cut off; say if one is."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    text = decoder.decode(content)
    rest = decoder.getstate()[0] if encoding != "cp1252" else b""
    return text, bool(rest)


def _repaired(
    content: bytes, encoding: str, notes: list[str] | None = None
) -> tuple[str, list[str]]:
    """Read with a few replacements, and say so; refuse what has more. Raises DocumentRefused."""
    notes = list(notes or ())
    text, is_cut = _without_cut(content, encoding)
    bad = text.count("\ufffd")
    if bad > _FEW * len(text) or not text:
        line = _line(text, max(text.find("\ufffd"), 0))
        name = _NAMES.get(encoding, encoding.upper())
        raise DocumentRefused(f"line {line}: not valid {name}; save the file as UTF-8")
    if bad:
        line = _line(text, text.find("\ufffd"))
        characters = "1 character" if bad == 1 else f"{bad} characters"
        notes.append(f"{characters} could not be read, the first on line {line}")
    if is_cut:
        notes.append(f"ends within a character, on line {_line(text, len(text))}")
    return text, notes


def _line(text: str, place: int) -> int:
    return len(re.findall("\r\n|\r|\n", text[:place])) + 1


def _refuse_controls(text: str) -> None:
    # Deleting all other bytes takes a sixth of the time of looking for one of these.
    controls = text.encode("utf-8", "surrogatepass").translate(None, _NO_CONTROLS)
    control = _CONTROLS.search(text) if controls else None
    if control:
        if len(_CONTROLS.findall(text)) > _FEW * len(text) or "\x00" in text:
            raise DocumentRefused("binary, not text")
        code = ord(control.group())
        line = _line(text, control.start())
        raise DocumentRefused(f"line {line}: the control character {code:#04x}; take it out")
    if not text.strip():
        raise DocumentRefused("empty")


# What text looks like


def _without_mark(content: bytes) -> tuple[str, list[str]]:
    """Read UTF-16 that lacks its mark: no other text has zero bytes. Raises DocumentRefused."""
    for encoding in ("utf-16-le", "utf-16-be"):
        text, _ = _without_cut(content, encoding)
        known = sum(map(_is_common, text))
        if "\x00" not in text and known >= _MOST * len(text):
            order = "little" if encoding.endswith("le") else "big"
            guess = f"read as UTF-16 ({order}-endian), which its bytes suggest"
            text, notes = _repaired(content, encoding, [f"{guess}; save it as UTF-8 to be sure"])
            return text, notes
    raise DocumentRefused("binary, not text")


_MOST = 0.9  # of the characters
_SIGNS = frozenset("\u00a0，。、；：？！（）《》〈〉「」『』【】〔〕“”‘’—…·　％－～\ufffd€")
# What stands in policy texts of Western Europe besides ASCII.
_LATIN = frozenset(
    "\u00a0\u00ad¡¢£¥§©ª«®°±²³´µ¶·º»¼½¾¿€‚„…†‡‰‹‘’“”•–—˜™›ŒœŠšŽžŸ×\ufffd"
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýÿ"
)
_ENOUGH, _FEWEST_FREQUENT = 24, 0.12  # characters, and the share of frequent ones among them
_LONGEST_LATIN_RUN = 2  # signs such as a closing mark behind a letter with an accent
# As letters of other encodings would show; not the hyphen of a soft break, not a middle dot.
_SIGN_IN_WORD = re.compile("(?<=[a-zà-ÿ])[¡-¬®-¶¸-¿](?=[a-zà-ÿ])")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
# The characters that running Chinese text cannot do without, simplified and traditional.
_FREQUENT = frozenset(
    "的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可"
    "她里后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三"
    "已老从动两长第条应法定规部与或其他者期内由该位工业员被将及等月日二四五六七八九关系理分实现加进"
    "這來國個說們為時會對後麼沒於還發當無開見經頭動兩長條應規與內該業員將關係實現進過學機電體數東"
    "民政府社會制度单單保障提供管理情况況合同高新市区區名因全最此通名世美市入建立外使但性比代表重"
)


@cache
def _common(encoding: str) -> frozenset[str]:
    """Return the first level of a Chinese set: what its makers found in common use."""
    leads, trails = {
        "gb18030": (range(0xB0, 0xD8), range(0xA1, 0xFF)),
        "big5hkscs": (range(0xA4, 0xC7), (*range(0x40, 0x7F), *range(0xA1, 0xFF))),
    }[encoding]
    pairs = (bytes((lead, trail)) for lead in leads for trail in trails)
    return frozenset("".join(pair.decode(encoding, "ignore") for pair in pairs)) | _SIGNS


def _is_common(character: str) -> bool:
    return (
        " " <= character < "\u0700"
        or character in "\t\n\r"
        or "\u2010" <= character < "\u2040"
        or "\u3040" <= character < "\u3100"  # kana
        or "\uac00" <= character < "\ud7a4"  # Hangul
        or "\uff00" <= character < "\uff5f"
        or character in _common("gb18030")
        or character in _common("big5hkscs")
    )


def _likeness(encoding: str) -> Callable[[str], float]:
    """Return what says how much a text read in an encoding looks as if written in it: 0 to 2."""
    if encoding == "cp1252":
        return _latin_likeness
    return lambda text: _chinese_likeness(text, _common(encoding))


def _latin_likeness(text: str) -> float:
    runs = _BEYOND_ASCII.findall(text)
    size = sum(map(len, runs))
    known = sum(character in _LATIN for run in runs for character in run)
    known -= len(_SIGN_IN_WORD.findall(text))
    if not runs or known < _MOST * size or size > len(text) / 2:
        return 0.0
    if size > _LONGEST_LATIN_RUN * len(runs):
        return 0.0
    return known / size


def _chinese_likeness(text: str, common: frozenset[str]) -> float:
    runs = _BEYOND_ASCII.findall(text)
    size = sum(map(len, runs))
    known = sum(character in common for run in runs for character in run)
    frequent = sum(character in _FREQUENT for run in runs for character in run)
    # A single character between letters is no Chinese; "25°C" would be one.
    if not runs or known < _MOST * size or size < 2 * len(runs):
        return 0.0
    # Korean text has characters of the same numbers, but at random.
    if size > _ENOUGH and frequent < _FEWEST_FREQUENT * size:
        return 0.0
    return known / size + frequent / size
