"""Find the files that shall become documents, and read their bytes without being led astray.

Names are not trusted: only regular files inside the named folder are opened, whatever links,
pipes or devices stand beside them.
"""

import errno
import hashlib
import os
import stat
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import NamedTuple

from index.errors import DocumentRefused, NoDocuments
from index.records import Refused

LARGEST_FILE = 64 << 20  # bytes; the longest laws as plain text stay below a tenth of it
SIDECAR_SUFFIX = ".yaml"
_LEADS_OUT = "a link that leads out of the documents folder"
_SIDECAR_SPELLINGS = (".yaml", ".yml")
_KINDS = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFDIR: "a folder"}
NOT_DOCUMENTS = ".writer.lock"  # a folder with this file is an index


class SourceFile(NamedTuple):
    """A file that shall become a document."""

    root: Path  # the folder it was found under
    path: str  # relative to the root, with "/" between its parts
    id: str  # the document's id
    sidecar: str | None  # path of its NAME.yaml, if there is one

    @property
    def suffix(self) -> str:
        """The suffix, in lower case, with its point."""
        return _suffix(self.path).lower()


class SourceBytes(NamedTuple):
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
    stem = unicodedata.normalize("NFC", _stem(path)).lower()
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
        suffix = _suffix(name)
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
    return name[: len(name) - len(_suffix(name))]


def _suffix(name: str) -> str:
    """Return the suffix, with its point. A Path would take longer than reading the file."""
    last = name.rpartition("/")[2]
    point = last.rfind(".")
    return last[point:] if 0 < point < len(last) - 1 else ""


def _is_sidecar(name: str) -> bool:
    """Say whether a file looks like the metadata of another, whichever way it is spelled."""
    return _suffix(name).lower() in _SIDECAR_SPELLINGS


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
            root, names = place, _walk(place)
        else:
            root = place.parent
            names = [name for name in os.listdir(root) if _stem(name) == _stem(place.name)]  # noqa: PTH208 (names are wanted)
            names = [name for name in names if name == place.name or _is_sidecar(name)]
    except OSError as exc:
        raise NoDocuments(
            f"No documents at {place}: it cannot be listed ({exc.strerror}). Make it readable."
        ) from exc
    real_root = Path(os.path.realpath(root))
    below_home = None if home is None else os.path.join(os.path.realpath(home), "")  # noqa: PTH118 (the separator at its end)
    listed: dict[Path, dict[str, str | None]] = {}
    for name in names:
        problem = _problem(name, root, real_root)
        real = os.path.join(real_root, name)  # noqa: PTH118 (ten thousand Paths take a second)
        if home is not None and below_home is not None and real.startswith(below_home):
            listed.setdefault(home, {})[real[len(below_home) :]] = problem
        else:
            listed.setdefault(root, {})[name] = problem
    return listed


def _printable(name: str) -> str:
    return name.encode(errors="replace").decode()


def _problem(name: str, root: Path, real_root: Path) -> str | None:
    """Say why a file below a root may not be read, if so."""
    if _printable(name) != name:
        return "its name is not valid UTF-8"
    path = os.path.join(root, name)  # noqa: PTH118 (ten thousand Paths take a second)
    is_link = os.path.islink(path)  # noqa: PTH114 (the same)
    if is_link and not Path(os.path.realpath(path)).is_relative_to(real_root):
        return _LEADS_OUT
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 (the same)
    except OSError as exc:
        return "a link that leads nowhere" if is_link else f"cannot be looked at: {exc.strerror}"
    if stat.S_ISDIR(mode):
        return "a link to a folder; not followed" if is_link else "a folder that cannot be listed"
    return _no_file(mode)


def _no_file(mode: int) -> str | None:
    """Say what stands there instead of a file, if so."""
    if stat.S_ISREG(mode):
        return None
    return f"{_KINDS.get(stat.S_IFMT(mode), 'a device')}, not a file"


def _walk(folder: Path) -> list[str]:
    """Return all files below a folder, relative to it, and what it could not go into."""
    found: list[str] = []

    def unreadable(exc: OSError) -> None:
        found.append(Path(exc.filename).relative_to(folder).as_posix())

    for above, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if NOT_DOCUMENTS in files:  # an index that somebody keeps among the documents
            folders.clear()
            continue
        linked = [name for name in folders if Path(above, name).is_symlink()]
        shown = [name for name in files if not name.startswith(".")]
        below = Path(above).relative_to(folder).as_posix()
        within = "" if below == "." else f"{below}/"
        found.extend(within + name for name in [*linked, *shown])
    return found


def read(source: SourceFile) -> SourceBytes:
    """Return the bytes of a source file and its sidecar. Raises DocumentRefused."""
    text = _read_regular(source.root, source.path)
    sidecar = _read_regular(source.root, source.sidecar) if source.sidecar else None
    return SourceBytes(text, sidecar)


def _read_regular(root: Path, path: str) -> bytes:
    try:
        descriptor = _open_inside(root, path)
        try:
            status = os.fstat(descriptor)
            if problem := _no_file(status.st_mode):
                raise DocumentRefused(problem)
            if status.st_size > LARGEST_FILE:
                raise DocumentRefused(
                    f"larger than {LARGEST_FILE >> 20} MiB; split it into several documents"
                )
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                content = file.read(LARGEST_FILE + 1)
        finally:
            os.close(descriptor)
    except OSError as exc:
        raise DocumentRefused(f"cannot be read: {exc.strerror}") from exc
    if len(content) > LARGEST_FILE:
        raise DocumentRefused(f"grew beyond {LARGEST_FILE >> 20} MiB while it was read")
    return content


def _open_inside(root: Path, path: str) -> int:
    """Open a file below a folder. Raises OSError, and DocumentRefused when a link leads out of it.

    What was looked at when it was found may have been exchanged since, so nothing is followed that
    was not looked at now.
    """
    try:
        return _descend(root, PurePosixPath(path).parts)
    except OSError as exc:
        if exc.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise
    real_root, real = Path(os.path.realpath(root)), Path(os.path.realpath(root / path))
    if not real.is_relative_to(real_root):
        raise DocumentRefused(_LEADS_OUT)
    return _descend(real_root, real.relative_to(real_root).parts)


def _descend(root: Path, parts: Sequence[str]) -> int:
    """Open a file below a folder without following a link."""
    above = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            below = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=above)
            os.close(above)
            above = below
        # Not blocking, so that a pipe put there in the meantime does not hold everything up.
        return os.open(parts[-1], os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=above)
    finally:
        os.close(above)
