"""Terms of many lines to names: one number for each term, the same wherever it stands.

A term of up to eight characters is its own name, six bits a character, so no table is asked for it;
the longer ones, about one in twelve, are numbered.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.plain.text import CHARACTERS, joined
from index.postings import Integers

Names = npt.NDArray[np.uint64]

_SHORT = 8  # characters of a term that names itself
_BITS = 6  # of a character; 0 stands for none
_NUMBERED = np.uint64(1 << (_SHORT * _BITS))  # added to the number of a longer term
_BETWEEN = ord("\x01")  # stands between lines
_CODES = bytes(CHARACTERS.find(chr(byte).lower()) + 1 if byte < 128 else 0 for byte in range(256))
_KEPT = np.array([(1 << 8 * size) - 1 for size in range(_SHORT + 1)], dtype=np.uint64)


class Namer:
    """Names the terms of line after line."""

    def __init__(self) -> None:
        """Begin with no long terms."""
        self._long: dict[bytes, int] = {}

    def of(self, lines: Sequence[str]) -> tuple[Names, Integers]:
        """Return the names of all terms of some lines, in order, and how many each line has."""
        text = joined(lines)
        # The characters behind the last term are looked at with it.
        codes = np.frombuffer(text.translate(_CODES) + bytes(_SHORT + 1), dtype=np.uint8)
        stands = np.concatenate((np.zeros(1, dtype=bool), codes != 0))
        edges = np.flatnonzero(stands[1:] != stands[:-1])
        starts, ends = edges[0::2], edges[1::2]
        sizes = ends - starts
        eight = np.ndarray((len(codes) - _SHORT,), dtype="<u8", buffer=codes, strides=(1,))
        names = _packed(eight[starts] & _KEPT[np.minimum(sizes, _SHORT)])
        long = np.flatnonzero(sizes > _SHORT)
        number = self._long.setdefault
        names[long] = [
            number(text[start:end].lower(), len(self._long))
            for start, end in zip(starts[long].tolist(), ends[long].tolist(), strict=True)
        ]
        names[long] += _NUMBERED
        between = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == _BETWEEN)
        before = np.append(starts.searchsorted(between), len(starts))
        return names, np.diff(before, prepend=0)

    def spellings(self, names: Names) -> list[bytes]:
        """Return the terms that have these names."""
        is_long = names >= _NUMBERED
        columns = np.arange(_SHORT, dtype=np.uint64) * np.uint64(_BITS)
        codes = (names[:, np.newaxis] >> columns) & np.uint64((1 << _BITS) - 1)
        characters = np.frombuffer(b"\x00" + CHARACTERS.encode(), dtype=np.uint8)
        codes[is_long] = 0
        short = characters[codes].view(f"S{_SHORT}").reshape(-1)
        spelled: list[bytes] = short.tolist()
        known = list(self._long)
        for place in np.flatnonzero(is_long).tolist():
            spelled[place] = known[int(names[place] - _NUMBERED)]
        return spelled


def _packed(eight: Names) -> Names:
    """Put eight bytes of six bits each together: two by two, four by four, then all."""
    two = (eight & np.uint64(0x003F003F003F003F)) | (
        (eight & np.uint64(0x3F003F003F003F00)) >> np.uint64(2)
    )
    four = (two & np.uint64(0x00000FFF00000FFF)) | (
        (two & np.uint64(0x0FFF00000FFF0000)) >> np.uint64(4)
    )
    packed: Names = (four & np.uint64(0xFFFFFF)) | (
        (four >> np.uint64(8)) & np.uint64(0xFFFFFF000000)
    )
    return packed
