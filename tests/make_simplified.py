"""Write index/analysis/simplified.py anew: traditional characters and their simplified forms.

    python tests/make_simplified.py

The pairs are those of OpenCC (the package `opencc`, extra `measure`), of each character for itself;
what becomes more than one character, or stays, is left out. Compatibility ideographs (U+F900 to
U+FAFF) are no part of it: folding takes them for the characters they are compatible with first.
"""

from collections.abc import Iterator
from pathlib import Path

import opencc

TARGET = Path(__file__).parent.parent / "index" / "analysis" / "simplified.py"
# OpenCC leaves these, or converts them in some words only: 隨著, 瞭解, 委託, 祇有.
ALSO = {"瞭": "了", "著": "着", "託": "托", "祇": "只"}
RANGES = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000))
A_LINE = 44  # characters; as wide as two columns each
HEAD = '''"""Traditional characters to simplified ones, each for itself.

Made by tests/make_simplified.py, from OpenCC's table and a few by hand. Simplified text has some
of them too, with a meaning of their own (著名 is famous), and some of what comes out (后 is a
queen, and what 後 becomes): for search it is enough that question and text become the same.
"""

_TRADITIONAL = (
{traditional}
)
_SIMPLIFIED = (
{simplified}
)
SIMPLIFIED = dict(zip(map(ord, _TRADITIONAL), _SIMPLIFIED, strict=True))
'''


def pairs() -> Iterator[tuple[str, str]]:
    """Yield each character that has a simplified form, with that form, by code point."""
    converter = opencc.OpenCC("t2s")
    for block in RANGES:
        for character in map(chr, block):
            # A simplified form may itself have one; what is simplified twice must stay.
            simplified = converter.convert(converter.convert(character))
            simplified = ALSO.get(character, simplified)
            if simplified != character and len(simplified) == 1:
                yield character, simplified


def lines(text: str) -> str:
    """Return a text as lines of Python strings."""
    pieces = (text[start : start + A_LINE] for start in range(0, len(text), A_LINE))
    return "\n".join(f'    "{piece}"' for piece in pieces)


def main() -> None:
    """Write the module."""
    traditional, simplified = map("".join, zip(*pairs(), strict=True))
    TARGET.write_text(
        HEAD.format(traditional=lines(traditional), simplified=lines(simplified)), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
