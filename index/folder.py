"""Find the files that shall become documents, and read their bytes without being led astray.

Names are not trusted: only regular files inside the named folder are opened, whatever links,
pipes or devices stand beside them.
"""

import hashlib
import os
import stat
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from index.errors import DocumentRefused, NoDocuments
from index.records import Refused

LARGEST_FILE = 64 << 20  # bytes; the longest laws as plain text stay below a tenth of it
SIDECAR_SUFFIX = ".yaml"
_SIDECAR_SPELLINGS = (".yaml", ".yml")
NOT_DOCUMENTS = ".writer.lock"  # a folder with this file is an index


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that shall become a document."""

    root: Path  # the folder it was found under
    path: str  # relative to the root, with "/" between its parts
    id: str  # the document's id
    sidecar: str | None  # path of its NAME.yaml, if there is one

    @property
    def suffix(self) -> str:
        """The suffix, in lower case, with its point."""
        return Path(self.path).suffix.lower()


@dataclass(frozen=True, slots=True)
class SourceBytes:
    """What stands in a source file and its sidecar."""

    text: bytes
    sidecar: bytes | None

    @property
    def sha256(self) -> str:
        """A hash over both; a changed sidecar changes the document."""
        digest = hashlib.sha256(self.text)
        if self.sidecar is not None:
            digest.update(b"\x00sidecar\x00" + self.sidecar)
        return digest.hexdigest()


def document_id(path: str) -> str:
    """Return a document's id: its path without suffix, in lower case.

    Letters of any script, digits and "/" stay, every other character becomes "-".
    """
    stem = unicodedata.normalize("NFC", path[: len(path) - len(Path(path).suffix)]).lower()
    return "".join(
        character
        # Marks belong to the letter before them in scripts such as Devanagari.
        if character == "/" or character.isalnum() or unicodedata.category(character)[0] == "M"
        else "-"
        for character in stem
    )


def find(
    places: Sequence[Path],
    suffixes: Collection[str],
    home: Path | None = None,
    known: Mapping[str, str] = MappingProxyType({}),
) -> tuple[list[SourceFile], list[Refused]]:
    """Return the files with one of the suffixes, by document id, and what was found but refused.

    Ids and paths are relative to `home` for what lies below it, else to the place named. Of two
    files with one id the one at the path that is `known` for it stays, else the first. Files whose
    name starts with a point are passed over. Raises NoDocuments for a place that is not there or
    cannot be listed.
    """
    found: dict[str, SourceFile] = {}
    refused: dict[Path, Refused] = {}
    for place in places:
        for root, names in _listing(place, home).items():
            for source, problem in _sources(root, names, suffixes):
                if problem is not None:
                    refused[root / source.path] = Refused(_printable(source.path), problem)
                    continue
                twin = found.setdefault(source.id, source)
                if twin.root / twin.path == root / source.path:
                    continue
                stays, goes = twin, source
                if known.get(source.id) == source.path:
                    stays, goes = source, twin
                found[source.id] = stays
                refused[goes.root / goes.path] = Refused(
                    goes.path, f"has the same id as {stays.path} ({stays.id}); rename one of them"
                )
    return [found[key] for key in sorted(found)], [refused[key] for key in sorted(refused)]


def require(place: Path) -> None:
    """Raise NoDocuments unless something stands at the place."""
    try:
        place.stat()
    except OSError as exc:
        raise NoDocuments(
            f"No documents at {place}: {exc.strerror}. Put documents there, or name their folder "
            "with --documents DIR."
        ) from exc


def _sources(
    root: Path, names: Mapping[str, str | None], suffixes: Collection[str]
) -> Iterator[tuple[SourceFile, str | None]]:
    """Yield the files of one root in order, each with the reason to refuse it if there is one."""
    sidecars = {_stem(name): name for name in sorted(names) if _is_sidecar(name)}
    described = {_stem(name) for name in names if not _is_sidecar(name)}
    for name, problem in sorted(names.items()):
        suffix = Path(name).suffix
        sidecar = sidecars.get(_stem(name))
        if _is_sidecar(name):
            if _stem(name) in described:
                continue
            problem = "metadata of a document that is not there"
        elif problem is None and suffix.lower() not in suffixes:
            kinds = ", ".join(sorted(suffixes))
            kind = f"{_printable(suffix)} files" if suffix else "files without a suffix"
            problem = f"{kind} cannot be read yet; these can: {kinds}"
        elif problem is None and sidecar is not None:
            problem = _sidecar_problem(sidecar, names[sidecar])
        yield SourceFile(root, name, document_id(_printable(name)), sidecar), problem


def _stem(name: str) -> str:
    return name[: len(name) - len(Path(name).suffix)]


def _is_sidecar(name: str) -> bool:
    """Say whether a file looks like the metadata of another, whichever way it is spelled."""
    return Path(name).suffix.lower() in _SIDECAR_SPELLINGS


def _sidecar_problem(sidecar: str, problem: str | None) -> str | None:
    """Say why a document must wait: without its metadata it might be shown to the wrong people."""
    if problem is not None:
        return f"its metadata {sidecar}: {problem}"
    if not sidecar.endswith(SIDECAR_SUFFIX):
        return f"its metadata {sidecar} must be spelled {_stem(sidecar)}{SIDECAR_SUFFIX}"
    return None


def _listing(place: Path, home: Path | None) -> dict[Path, dict[str, str | None]]:
    """Return the files at a place: root -> relative path -> its problem, if it has one."""
    require(place)
    try:
        if place.is_dir():
            os.listdir(place)  # noqa: PTH208 (only to raise for a folder that cannot be listed)
            root, paths = place, _walk(place)
        else:
            root = place.parent
            paths = [path for path in root.iterdir() if _stem(path.name) == _stem(place.name)]
            paths = [path for path in paths if path.name == place.name or _is_sidecar(path.name)]
    except OSError as exc:
        raise NoDocuments(
            f"No documents at {place}: it cannot be listed ({exc.strerror}). Make it readable."
        ) from exc
    real_root = Path(os.path.realpath(root))
    real_home = None if home is None else Path(os.path.realpath(home))
    listed: dict[Path, dict[str, str | None]] = {}
    for path in paths:
        problem = _problem(path, root, real_root)
        real = real_root / path.relative_to(root)
        if home is not None and real_home is not None and real.is_relative_to(real_home):
            listed.setdefault(home, {})[real.relative_to(real_home).as_posix()] = problem
        else:
            listed.setdefault(root, {})[path.relative_to(root).as_posix()] = problem
    return listed


def _printable(name: str) -> str:
    return name.encode(errors="replace").decode()


def _problem(path: Path, root: Path, real_root: Path) -> str | None:
    """Say why a path may not be read, if so."""
    name = path.relative_to(root).as_posix()
    if _printable(name) != name:
        return "its name is not valid UTF-8"
    real = Path(os.path.realpath(path))
    if path.is_symlink() and not real.is_relative_to(real_root):
        return "a link that leads out of the documents folder"
    try:
        mode = real.stat().st_mode
    except OSError as exc:
        if path.is_symlink():
            return "a link that leads nowhere"
        return f"cannot be looked at: {exc.strerror}"
    if stat.S_ISDIR(mode):
        is_link = path.is_symlink()
        return "a link to a folder; not followed" if is_link else "a folder that cannot be listed"
    return None if stat.S_ISREG(mode) else "not a regular file"


def _walk(folder: Path) -> list[Path]:
    """Return all files below a folder, and what it could not go into."""
    paths: list[Path] = []

    def unreadable(exc: OSError) -> None:
        paths.append(Path(exc.filename))

    for above, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if NOT_DOCUMENTS in files:  # an index that somebody keeps among the documents
            folders.clear()
            continue
        linked = [name for name in folders if Path(above, name).is_symlink()]
        shown = [name for name in files if not name.startswith(".")]
        paths.extend(Path(above, name) for name in [*linked, *shown])
    return paths


def read(source: SourceFile) -> SourceBytes:
    """Return the bytes of a source file and its sidecar. Raises DocumentRefused."""
    text = _read_regular(source.root / source.path)
    sidecar = _read_regular(source.root / source.sidecar) if source.sidecar else None
    return SourceBytes(text, sidecar)


def _read_regular(path: Path) -> bytes:
    try:
        # Not blocking, so that a pipe put there in the meantime does not hold everything up.
        descriptor = os.open(os.path.realpath(path), os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise DocumentRefused("not a regular file")
            if status.st_size > LARGEST_FILE:
                raise DocumentRefused(
                    f"larger than {LARGEST_FILE >> 20} MiB; split it into several documents"
                )
            content = file.read(LARGEST_FILE + 1)
    except OSError as exc:
        raise DocumentRefused(f"cannot be read: {exc.strerror}") from exc
    if len(content) > LARGEST_FILE:
        raise DocumentRefused(f"grew beyond {LARGEST_FILE >> 20} MiB while it was read")
    return content
