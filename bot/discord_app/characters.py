"""Where what a reader takes for one character begins, and which characters part words.

Close to the extended grapheme clusters of Unicode (UAX 29), as far as cutting a text needs them.
"""

import unicodedata
from bisect import bisect_right

LONGEST_CHARACTER = 20  # UTF-16 units; the longest emoji of the standard, a kiss, needs 15

# The kind of a code point, as far as cutting goes: "m" belongs to what is before it, "j" joins both
# sides, "r" is half a flag; L, V and T are the jamo of a Hangul syllable, Y one of L and V, Z one
# of all three; "c" is other CJK, " " white space, "w" the rest.
CJK = "cLVTYZ"
_RANGES = (
    ("\u0300", "\u10ff", "w"),
    ("\u1100", "\u115f", "L"),
    ("\u1160", "\u11a7", "V"),
    ("\u11a8", "\u11ff", "T"),
    ("\u1200", "\u200b", "w"),
    ("\u200c", "\u200c", "m"),
    ("\u200d", "\u200d", "j"),
    ("\u200e", "\u2e7f", "w"),
    ("\u2e80", "\ua4cf", "c"),
    ("\ua4d0", "\ua95f", "w"),
    ("\ua960", "\ua97c", "L"),
    ("\ua97d", "\uabff", "w"),
    ("\uac00", "\ud7a3", "Z"),
    ("\ud7a4", "\ud7af", "w"),
    ("\ud7b0", "\ud7c6", "V"),
    ("\ud7c7", "\ud7ff", "T"),
    ("\ud800", "\uf8ff", "w"),
    ("\uf900", "\ufaff", "c"),
    ("\ufb00", "\ufe2f", "w"),
    ("\ufe30", "\ufe4f", "c"),
    ("\ufe50", "\ufeff", "w"),
    ("\uff00", "\uff9d", "c"),
    ("\uff9e", "\uff9f", "m"),  # voicing marks of half-width kana
    ("\uffa0", "\uffef", "c"),
    ("\ufff0", "\U0001afff", "w"),
    ("\U0001b000", "\U0001b2ff", "c"),
    ("\U0001b300", "\U0001f1e5", "w"),
    ("\U0001f1e6", "\U0001f1ff", "r"),
    ("\U0001f200", "\U0001f3fa", "w"),
    ("\U0001f3fb", "\U0001f3ff", "m"),  # colours of skin
    ("\U0001f400", "\U0001ffff", "w"),
    ("\U00020000", "\U0003ffff", "c"),
    ("\U00040000", "\U0010ffff", "w"),
)
_FIRST_OF_RANGES = [first for first, _, _ in _RANGES]
_JAMO_PAIRS = {"LL", "LV", "LY", "LZ", "VV", "VT", "YV", "YT", "TT", "ZT"}
_GLUED = (
    _JAMO_PAIRS | {f"{a}{b}" for a in "mjrwc LVTYZ" for b in "mj"} | {f"j{b}" for b in "rwcLVTYZ"}
)


def kind_of(character: str) -> str:
    """Return the kind of a code point, by which `character_places` joins it to others."""
    if character.isspace():
        return " "
    if character < "\u0300":
        return "w"
    if unicodedata.category(character)[0] == "M":
        return "m"
    kind = _RANGES[bisect_right(_FIRST_OF_RANGES, character) - 1][2]
    return "Y" if kind == "Z" and (ord(character) - 0xAC00) % 28 == 0 else kind


def character_places(kinds: str, cost: list[int]) -> list[int]:
    """Return where what a reader takes for one character begins, and the end of the text.

    Chains without end, such as emoji joined by the thousand, are cut before they outgrow a window.
    """
    begin = 0
    begins = [0] if kinds else []
    for place in range(1, len(kinds)):
        pair = kinds[place - 1 : place + 1]
        is_glued = pair in _GLUED or (pair == "rr" and place - 1 == begin)
        if not is_glued or cost[place + 1] - cost[begin] > LONGEST_CHARACTER:
            begin = place
            begins.append(place)
    return [*begins, len(kinds)]
