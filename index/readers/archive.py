"""Bytes of a zip archive to the parts that are wanted, after everything in it has been checked.

All members are unpacked, for what a header says of their sizes may be a lie; but only what is
wanted is kept, and never more than a block of the rest. An archive within an archive is a member
like any other.
"""

import zipfile
import zlib
from collections.abc import Callable, Sequence
from io import BytesIO

from index.errors import DocumentRefused

MOST_MEMBERS = 2_000
MOST_BYTES = 100 << 20  # of all members, unpacked
HIGHEST_RATIO = 100  # of what is unpacked to the archive
_RATIO_FREE = 1 << 20  # bytes; small archives of blank forms pack better than any text
_BLOCK = 1 << 16
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # bits of a member's flags: contents, strongly, and names
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_LOCAL_HEADER = 30  # bytes, before the name and the extra field
_CENTRAL_HEADER = b"PK\x01\x02"
_AGAIN = "save it again with the program that made it"


def read_parts(content: bytes, is_wanted: Callable[[str], bool]) -> dict[str, bytes]:
    """Return the wanted members by name. Raises DocumentRefused."""
    # Before the directory is read, for that alone may take a gigabyte.
    if content.count(_CENTRAL_HEADER) > MOST_MEMBERS:
        raise DocumentRefused(f"an archive of more than {MOST_MEMBERS:,} members; {_AGAIN}")
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            _check_members(members)
            _check_overlaps(content, members, archive.start_dir)
            return _unpacked(archive, members, is_wanted, len(content))
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as exc:
        # A wrong checksum, a directory that is cut off, fields that contradict each other.
        raise DocumentRefused(f"a damaged archive ({_reason(exc)}); {_AGAIN}") from exc


def _reason(exc: Exception) -> str:
    said = str(exc)
    if "CRC" in said:
        return "a checksum is wrong"
    if "not a zip file" in said:
        return "its end is missing"
    return "its parts contradict each other"


def _check_members(members: Sequence[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for member in members:
        name = member.filename
        if member.flag_bits & _ENCRYPTED:
            raise DocumentRefused("an encrypted archive; save a copy without a password")
        if member.compress_type not in _METHODS:
            raise DocumentRefused(f"packed in a way that Word does not know; {_AGAIN}")
        if (
            name.startswith(("/", "\\"))
            or ":" in name
            or ".." in name.replace("\\", "/").split("/")
        ):
            raise DocumentRefused(f"an archive with a name that leads out of it; {_AGAIN}")
        if name.casefold() in seen:  # two programs would read two different documents
            raise DocumentRefused(f"an archive with two members of one name; {_AGAIN}")
        seen.add(name.casefold())


def _check_overlaps(content: bytes, members: Sequence[zipfile.ZipInfo], directory: int) -> None:
    """Refuse members that share bytes: that makes a small archive unpack to a huge one."""
    ordered = sorted(members, key=lambda member: member.header_offset)
    ends = [member.header_offset for member in ordered[1:]] + [directory]
    for member, end in zip(ordered, ends, strict=True):
        header = content[member.header_offset : member.header_offset + _LOCAL_HEADER]
        names = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        if member.header_offset + _LOCAL_HEADER + names + member.compress_size > end:
            raise DocumentRefused(f"an archive whose members overlap; {_AGAIN}")


def _unpacked(
    archive: zipfile.ZipFile,
    members: Sequence[zipfile.ZipInfo],
    is_wanted: Callable[[str], bool],
    size: int,
) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    total = 0
    for member in members:
        kept: list[bytes] = []
        with archive.open(member) as file:
            while block := file.read(_BLOCK):
                total += len(block)
                if total > MOST_BYTES:
                    raise DocumentRefused(
                        f"unpacks to more than {MOST_BYTES >> 20} MiB; split the document"
                    )
                if total > max(HIGHEST_RATIO * size, _RATIO_FREE):
                    raise DocumentRefused(
                        f"unpacks to more than {HIGHEST_RATIO} times its size, as no text does; "
                        f"{_AGAIN}"
                    )
                if is_wanted(member.filename):
                    kept.append(block)
        if kept:
            parts[member.filename] = b"".join(kept)
    return parts
