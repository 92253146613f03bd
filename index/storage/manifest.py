"""The two small files that say what an index is: a generation's MANIFEST.json, and CURRENT.

Both check themselves, so that no damaged byte of them is ever believed: a manifest is canonical
JSON with a hash of itself, CURRENT a line with a checksum and the hash of the manifest it names.
"""

import hashlib
import json
import zlib
from typing import Any, NamedTuple

from index.bm25 import Bm25
from index.errors import IndexDamaged, IndexOutdated, IndexTooNew

FORMAT = 5
MANIFEST = "MANIFEST.json"
CURRENT = "CURRENT"
_POINTER_VERSION = "v1"


class FileEntry(NamedTuple):
    """A file of a generation."""

    size: int  # bytes
    sha256: str


class Manifest(NamedTuple):
    """What a generation is and holds."""

    format: int
    version: str  # of the program that wrote it
    number: int
    parent: int | None  # the generation that was live before
    built_at: str  # ISO 8601, UTC
    fingerprint: str  # of reading, splitting and analysis
    model: Bm25
    glossary: str  # hash of the glossary's entries
    places: tuple[str, ...]  # the files and folders it was built from, absolute
    documents: int
    passages: int
    earlier_documents: int  # versions of documents that are no longer current
    earlier_passages: int
    terms: int
    postings: int
    tokens: int  # terms counted each time they stand
    files: dict[str, FileEntry]

    def to_bytes(self) -> bytes:
        """Return the file's content."""
        values = self._asdict()
        values["model"] = self.model.as_dict()
        values["files"] = {name: entry._asdict() for name, entry in self.files.items()}
        return _canonical(values | {"checksum": _checksum(values)})

    @classmethod
    def from_bytes(cls, content: bytes) -> "Manifest":
        """Read the file's content. Raises IndexDamaged, IndexTooNew or IndexOutdated."""
        try:
            values = json.loads(content)
            checksum = values.pop("checksum")
            sound = checksum == _checksum(values)
            sound = sound and _canonical(values | {"checksum": checksum}) == content
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
            raise IndexDamaged(f"{MANIFEST} cannot be read") from exc
        if not sound:
            raise IndexDamaged(f"{MANIFEST} does not match its checksum")
        try:
            check_format(values["format"])
            files = {name: FileEntry(**entry) for name, entry in values["files"].items()}
            model, places = Bm25(**values["model"]), tuple(values["places"])
            return cls(**values | {"files": files, "model": model, "places": places})
        except (KeyError, TypeError, AttributeError) as exc:
            raise IndexDamaged(f"{MANIFEST} lacks what this version needs") from exc


def check_format(number: int) -> None:
    """Raise IndexTooNew or IndexOutdated unless this program reads the format."""
    if number > FORMAT:
        raise IndexTooNew(
            f"The index was written by a newer policybot (format {number}; this one reads "
            f"{FORMAT}). Upgrade policybot, or build another index with --index DIR."
        )
    if number < FORMAT:
        raise IndexOutdated(f"The index has the old format {number}; {FORMAT} is needed.")


def _canonical(values: dict[str, Any]) -> bytes:
    return json.dumps(values, indent=1, sort_keys=True).encode() + b"\n"


def _checksum(values: dict[str, Any]) -> str:
    return hashlib.sha256(_canonical(values)).hexdigest()


class Pointer(NamedTuple):
    """What CURRENT says: which generation is live."""

    number: int
    manifest_sha256: str

    def to_bytes(self) -> bytes:
        """Return the file's content."""
        line = f"{_POINTER_VERSION} {folder_name(self.number)} {self.manifest_sha256}"
        return f"{line} {zlib.crc32(line.encode()):08x}\n".encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Pointer":
        """Read the file's content. Raises IndexDamaged or IndexTooNew."""
        line, _, checksum = content.removesuffix(b"\n").rpartition(b" ")
        if checksum != b"%08x" % zlib.crc32(line) or not content.endswith(b"\n"):
            raise IndexDamaged(f"{CURRENT} does not match its checksum")
        version, *rest = line.decode().split(" ")
        if version != _POINTER_VERSION:
            raise IndexTooNew(
                f"The index was written by a newer policybot ({CURRENT} is of version {version}). "
                "Upgrade policybot, or build another index with --index DIR."
            )
        name, sha256 = rest
        return cls(folder_number(name) or 0, sha256)


def folder_name(number: int) -> str:
    """Return the name of a generation's folder."""
    return f"gen-{number:06d}"


def folder_number(name: str) -> int | None:
    """Return the generation that a folder of this name holds, if it is one's."""
    digits = name.removeprefix("gen-")
    return int(digits) if name == f"gen-{digits}" and digits.isdecimal() else None
