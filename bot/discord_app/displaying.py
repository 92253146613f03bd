"""What may be displayed of an untrusted text.

Nothing here normalises: NFKC would turn U+FF20 into an "@" that calls. Every step is linear,
because these texts are as long and as odd as their authors like.
"""

import re
import unicodedata

_MARKS_PER_BASE = 4
_BETWEEN_CELLS = "\u2003"  # for a tab: in a plain space the cells of a table would run together
_LINE_ENDS = "\r\v\f\x85\u2028\u2029"
_SURROGATES = re.compile("[\ud800-\udfff]")
_NEVER_SHOWN = re.compile(
    "["
    "\x00-\x09\x0b-\x1f\x7f-\x9f"  # controls
    "\xad\u034f"  # soft hyphen, grapheme joiner
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction of writing
    "\u115f\u1160\u3164\uffa0\u17b4\u17b5\u2800"  # letters without a shape
    "\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff0-\ufffb"  # without width, annotation
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"  # formats of shorthand and music
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"  # tags
    "\ufdd0-\ufdef"  # code points that are no characters, here and at the end of each plane
    + "".join(f"{chr(plane + 0xFFFE)}-{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 65536))
    + "]+"
)
_EMOJI = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
_JOINING = (  # Arabic and its kin, the scripts of India and of South East Asia, Mongolian
    "\u0600-\u061b\u061d-\u08ff\u0900-\u0dff\u0f00-\u109f\u1700-\u17ff\u1800-\u18af\u1900-\u1cff"
    "\ua840-\ua8ff\ua900-\ua95f\ua980-\uaaff\uabc0-\uabff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00010fff\U00011000-\U000118ff\U0001e900-\U0001e95f"
)
_IDLE_JOINERS = re.compile(
    "[\u200c\u200d]"
    f"(?!(?:(?<=[{_EMOJI}]\u200d)|(?<=[{_EMOJI}]\ufe0f\u200d))[{_EMOJI}]"
    f"|(?<=[{_JOINING}].)[{_JOINING}])"
    "[\u200c\u200d]*"
)
_SELECTORS = frozenset(
    map(chr, [*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
)
_WITHOUT_MARKS = re.compile(  # large blocks in which no combining mark stands
    "[\x00-\u02ff\u3400-\ua66e\uac00-\ufaff\U00017000-\U00018cff\U0001f000-\U000e00ff]+"
)
# Combining marks are known by their category, so patterns look for them in a copy of the text where
# controls, which are gone by then, stand for them.
_MARK, _SELECTOR, _MONGOLIAN_SELECTOR = "\x01", "\x02", "\x03"
_IDLE_SELECTORS = re.compile(r"(?:\A|(?<=[\s\x01-\x03\u200c\u200d]))\x02|(?<![\u1820-\u18aa])\x03")
_TOO_MANY_MARKS = re.compile(f"(?<={_MARK * _MARKS_PER_BASE}){_MARK}+")


def units(text: str) -> int:
    """Return the length in UTF-16 code units.

    Discord does not say what its limits count; this is never less than the code points.
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def shown(text: str) -> str:
    """Return what may be displayed of an untrusted text.

    Controls, what changes the direction of writing, and what is invisible go; every kind of line
    end becomes a newline, a tab a wide space, half a surrogate pair U+FFFD. Joiners stay where a
    script or an emoji needs them; a base keeps one variation selector, and four combining marks in
    all.
    """
    text = _NEVER_SHOWN.sub("", one_to_one(text.replace("\r\n", "\n")))
    return text if text.isascii() else _with_fewer_marks(text)


def one_to_one(text: str) -> str:
    """Replace what has a better form, each character by one."""
    for line_end in _LINE_ENDS:
        text = text.replace(line_end, "\n")
    return _SURROGATES.sub("\ufffd", text.replace("\t", _BETWEEN_CELLS))


def _with_fewer_marks(text: str) -> str:
    """Drop selectors without a base, joiners without need, and marks beyond the fourth."""
    characters = set(_WITHOUT_MARKS.sub("", text))
    kinds = {
        ord(character): _SELECTOR if character in _SELECTORS else _MARK
        for character, category in zip(
            characters, map(unicodedata.category, characters), strict=True
        )
        if category in ("Mn", "Me")
    }
    has_joiners = "\u200c" in text or "\u200d" in text
    if not kinds and not has_joiners:
        return text
    kinds |= {ord(c): _MONGOLIAN_SELECTOR for c in "\u180b\u180c\u180d\u180f"}
    if characters & _SELECTORS:
        text = _without(_IDLE_SELECTORS, text, kinds)
    if has_joiners:
        text = _IDLE_JOINERS.sub("", text)
    # A joiner counts as a mark, or marks on either side of it would count anew.
    kinds = dict.fromkeys([*kinds, 0x200C, 0x200D], _MARK)
    fewer = _without(_TOO_MANY_MARKS, text, kinds)
    if has_joiners and fewer != text:
        # A mark that went may have been what a joiner stood by.
        return _IDLE_JOINERS.sub("", fewer)
    return fewer


def _without(pattern: re.Pattern[str], text: str, kinds: dict[int, str]) -> str:
    """Cut out of the text what the pattern finds in the kinds of its characters."""
    pieces = []
    end = 0
    for match in pattern.finditer(text.translate(kinds)):
        pieces.append(text[end : match.start()])
        end = match.end()
    return "".join([*pieces, text[end:]])
