"""Files that nobody means well with, to stand in a folder of documents for the tests."""

import contextlib
import os
import socket
import stat
import struct
import zlib
from pathlib import Path

from docx_writer import NAMESPACES, archive, docx, p

_LEVELS, _WITHIN = 5, 16  # of archives: 16 in each, a million in all
_MIB = 1 << 20
_DEEP = 10_000  # elements


def put_hostile_files(folder: Path) -> None:
    """Put them there: bombs, links that lead out, and what is no file at all."""
    bomb = _nested_archives()
    contents = {
        "archive.zip": bomb,
        "archive-as-word.docx": bomb,
        "archive-within-word.docx": docx(p("Fees"), parts={"word/embeddings/1.zip": bomb}),
        "gigabyte.docx": _gigabyte(),
        "billion-laughs.docx": _billion_laughs(),
        "deep.html": b"<div>" * _DEEP + b"fees" + b"</div>" * _DEEP,
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "etc").symlink_to("/etc")
    (folder / "passwords.txt").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listening, contextlib.chdir(folder):
        listening.bind("socket.txt")  # an address may be no longer than a hundred characters
    with contextlib.suppress(PermissionError):  # only root makes devices, and not everywhere
        os.mknod(folder / "zeros.txt", stat.S_IFCHR | 0o644, os.makedev(1, 5))


def _nested_archives() -> bytes:
    """Return an archive that would unpack to a million times ten mebibytes."""
    made = archive({"0.txt": bytes(10 * _MIB)})
    for _ in range(_LEVELS):
        made = archive({f"{number}.zip": made for number in range(_WITHIN)})
    return made


def _billion_laughs() -> bytes:
    entities = "<!ENTITY l0 'ha'>" + "".join(
        f"<!ENTITY l{number} '{f'&l{number - 1};' * 10}'>" for number in range(1, 10)
    )
    laughs = (
        f"<!DOCTYPE d [{entities}]><w:document {NAMESPACES}><w:body>{p('&l9;')}"
        "</w:body></w:document>"
    )
    return docx(laughs, wrap=False)


def _gigabyte() -> bytes:
    """Return an archive of one member that unpacks to a gibibyte, written faster than packed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(b" " * _MIB) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = block * 1024 + packer.flush()
    name = b"word/document.xml"
    #       version, flags, method, time, date, checksum, sizes, length of the name
    said = (20, 0, 8, 0, 33, 0, len(packed), 1024 * _MIB, len(name), 0)
    local = struct.pack("<4s5H3L2H", b"PK\3\4", *said) + name + packed
    central = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, *said, 0, 0, 0, 0, 0) + name
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end
