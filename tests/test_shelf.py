"""Files that moderators hand in: names that are no paths, nothing lost, everything undone."""

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.discord_app.shelf import LARGEST_BYTES, LONGEST_NAME, WAITS_SECONDS, Shelf
from bot.errors import FileRefused
from index import Document

TEXT = b"A paragraph.\n"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    (tmp_path / "documents").mkdir()
    return Shelf(tmp_path / "documents", tmp_path / "state")


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """Let every file stop growing at so many bytes, as on a disk that is nearly full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def document(path: str, id_: str | None = None) -> Document:
    return Document(id_ or path.rpartition(".")[0].lower(), path, "", "Title")


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".txt",
        ".hidden.txt",
        "../report.txt",
        "a/b.txt",
        "a\\b.txt",
        "/etc/passwd.txt",
        "C:report.txt",
        "a\0b.txt",
        "a\nb.txt",
        "a`b.txt",
        "a\u202etxt.md.txt",
        "-rf.txt",
        "a.txt ",
        "report.",
        "x" * LONGEST_NAME + ".txt",
        "汉" * 40 + ".txt",
    ],
)
def test_a_name_that_could_be_more_than_a_name_is_refused(shelf: Shelf, name: str) -> None:
    with pytest.raises(FileRefused) as refused:
        shelf.check_name(name, 10, [])
    assert refused.value.reason == "bad_name"


@pytest.mark.parametrize("name", ["Report 2023.txt", "报告-1.md", "a.b.MD"])
def test_an_ordinary_name_is_its_path(shelf: Shelf, name: str) -> None:
    assert shelf.check_name(name, 10, []) == name


@pytest.mark.parametrize("name", ["a.exe", "a.pdf.exe", "a.yaml", "a.txt.sh", "report", "法规"])
def test_other_kinds_of_files_are_refused(shelf: Shelf, name: str) -> None:
    with pytest.raises(FileRefused) as refused:
        shelf.check_name(name, 10, [])
    assert refused.value.reason == "wrong_kind"
    assert refused.value.values["kinds"] == ".docx .htm .html .md .pdf .txt"


def test_a_file_that_is_too_large_is_refused(shelf: Shelf) -> None:
    assert shelf.check_name("a.txt", LARGEST_BYTES, []) == "a.txt"
    with pytest.raises(FileRefused) as refused:
        shelf.check_name("a.txt", LARGEST_BYTES + 1, [])
    assert refused.value.reason == "too_large"


def test_a_file_replaces_the_one_of_its_name_wherever_that_stands(shelf: Shelf) -> None:
    known = [document("laws/act.txt"), document("other.md")]
    assert shelf.check_name("act.txt", 10, known) == "laws/act.txt"
    with pytest.raises(FileRefused) as refused:
        shelf.check_name("act.txt", 10, [*known, document("old/act.txt")])
    assert refused.value.reason == "several"


def test_a_file_may_not_take_the_id_of_another(shelf: Shelf) -> None:
    with pytest.raises(FileRefused) as refused:
        shelf.check_name("other.txt", 10, [document("other.md")])
    assert (refused.value.reason, refused.value.values["path"]) == ("same_id", "other.md")


def test_a_confirmed_file_stands_among_the_documents_and_the_old_one_aside(
    shelf: Shelf, tmp_path: Path
) -> None:
    place = tmp_path / "documents" / "a.txt"
    place.write_bytes(b"old\n")
    waiting = shelf.put_waiting("a.txt", "a.txt", TEXT)
    assert place.read_bytes() == b"old\n"
    assert shelf.waiting(waiting.key) == waiting
    assert waiting.replaces == "a.txt"
    aside = shelf.accept(waiting)
    assert place.read_bytes() == TEXT
    assert aside is not None
    assert aside.read_bytes() == b"old\n"
    assert names(place.parent) == ["a.txt"]
    shelf.undo(waiting, aside)
    assert place.read_bytes() == b"old\n"
    assert not aside.exists()


def test_a_full_disk_leaves_the_document_that_was_to_be_replaced(
    shelf: Shelf, tmp_path: Path
) -> None:
    place = tmp_path / "documents" / "a.txt"
    place.write_bytes(b"old\n")
    waiting = shelf.put_waiting("a.txt", "a.txt", TEXT)
    with no_room_beyond(len(TEXT) - 1), pytest.raises(OSError, match="File too large"):
        shelf.accept(waiting)
    assert place.read_bytes() == b"old\n"
    assert names(place.parent) == ["a.txt"]
    assert not shelf.aside.exists() or names(shelf.aside) == []
    assert shelf.accept(waiting) is not None  # as soon as there is room
    assert place.read_bytes() == TEXT


def test_a_document_stays_in_its_place_when_nothing_can_be_kept_aside(
    shelf: Shelf, tmp_path: Path
) -> None:
    place = tmp_path / "documents" / "a.txt"
    place.write_bytes(b"old\n")
    waiting = shelf.put_waiting("a.txt", "a.txt", TEXT)
    shelf.aside.write_bytes(b"not a folder")
    with pytest.raises(OSError, match="exists"):
        shelf.accept(waiting)
    assert place.read_bytes() == b"old\n"
    assert names(place.parent) == ["a.txt"]


def test_a_file_that_could_not_be_kept_whole_does_not_wait(shelf: Shelf, tmp_path: Path) -> None:
    with no_room_beyond(len(TEXT) - 1), pytest.raises(OSError, match="File too large"):
        shelf.put_waiting("a.txt", "a.txt", TEXT)
    assert names(tmp_path / "state" / "incoming") == []


def test_what_waits_is_accepted_once(shelf: Shelf, tmp_path: Path) -> None:
    waiting = shelf.put_waiting("a.txt", "a.txt", TEXT)
    shelf.accept(waiting)
    with pytest.raises(FileRefused) as refused:
        shelf.accept(waiting)
    assert refused.value.reason == "expired"
    assert names(tmp_path / "documents") == ["a.txt"]
    assert not shelf.aside.exists()


@pytest.mark.parametrize("before", [None, b"old\n"])
def test_a_file_waits_only_as_long_as_what_it_replaces_is_what_was_shown(
    shelf: Shelf, tmp_path: Path, before: bytes | None
) -> None:
    place = tmp_path / "documents" / "a.txt"
    if before is not None:
        place.write_bytes(before)
    waiting = shelf.put_waiting("a.txt", "a.txt", TEXT)
    place.write_bytes(b"new\n")
    assert shelf.waiting(waiting.key) is None
    with pytest.raises(FileRefused):
        shelf.accept(waiting)
    assert place.read_bytes() == b"new\n"


def test_undoing_a_new_file_takes_it_away(shelf: Shelf, tmp_path: Path) -> None:
    waiting = shelf.put_waiting("a.txt", "a.txt", TEXT)
    assert waiting.replaces is None
    assert shelf.accept(waiting) is None
    shelf.undo(waiting, None)
    assert names(tmp_path / "documents") == []


def test_the_metadata_that_stand_beside_are_looked_at_as_well(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "documents" / "a.yaml").write_text("title: Real title\n")
    waiting = shelf.put_waiting("a.txt", "a.txt", TEXT)
    assert names(waiting.folder) == ["a.txt", "a.yaml"]


@pytest.mark.parametrize("key", ["", "..", "../../documents", "0" * 15, "0" * 17, "g" * 16, "a/b"])
def test_no_key_leads_anywhere_else(shelf: Shelf, tmp_path: Path, key: str) -> None:
    (tmp_path / "documents" / "a.txt").write_bytes(TEXT)
    assert shelf.waiting(key) is None
    shelf.drop(key)
    assert (tmp_path / "documents" / "a.txt").exists()


def test_what_waits_too_long_is_forgotten(shelf: Shelf) -> None:
    waiting = shelf.put_waiting("a.txt", "a.txt", TEXT)
    long_ago = time.time() - WAITS_SECONDS - 10
    os.utime(waiting.folder.parent, (long_ago, long_ago))
    assert shelf.waiting(waiting.key) is None
    shelf.clear_waiting()
    assert not waiting.folder.exists()


def test_dropping_says_whether_something_waited(shelf: Shelf) -> None:
    waiting = shelf.put_waiting("a.txt", "a.txt", TEXT)
    assert shelf.drop(waiting.key)
    assert not shelf.drop(waiting.key)


def test_not_everything_can_wait(shelf: Shelf) -> None:
    for number in range(20):
        shelf.put_waiting(f"a{number}.txt", f"a{number}.txt", TEXT)
    with pytest.raises(FileRefused) as refused:
        shelf.put_waiting("b.txt", "b.txt", TEXT)
    assert refused.value.reason == "too_many"


def test_what_is_taken_out_lies_aside_with_its_metadata_and_can_be_put_back(
    shelf: Shelf, tmp_path: Path
) -> None:
    folder = tmp_path / "documents"
    (folder / "a.txt").write_bytes(TEXT)
    (folder / "a.yaml").write_text("title: A\n")
    moved = shelf.take_out(document("a.txt"))
    assert moved is not None
    assert names(folder) == []
    assert len(names(shelf.aside)) == 2
    shelf.put_back(moved)
    assert names(folder) == ["a.txt", "a.yaml"]


class FullShelf(Shelf):
    """A shelf with room aside for one file more."""

    def _set_aside(self, file: Path) -> Path:
        if self.aside.exists():
            raise OSError("No space left on device")
        return super()._set_aside(file)


def test_a_document_whose_metadata_cannot_be_taken_out_stays(tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "a.txt").write_bytes(TEXT)
    (folder / "a.yaml").write_text("title: A\n")
    shelf = FullShelf(folder, tmp_path / "state")
    with pytest.raises(OSError, match="No space"):
        shelf.take_out(document("a.txt"))
    assert names(folder) == ["a.txt", "a.yaml"]
    assert names(shelf.aside) == []


def test_metadata_of_two_documents_stay_with_the_other(shelf: Shelf, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    for name in ("a.txt", "a.md", "a.yaml"):
        (folder / name).write_bytes(TEXT)
    shelf.take_out(document("a.txt"))
    assert names(folder) == ["a.md", "a.yaml"]


def test_only_regular_files_inside_the_folder_are_taken_out(shelf: Shelf, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "b.txt").write_bytes(TEXT)
    (tmp_path / "documents" / "link.txt").symlink_to(outside / "b.txt")
    (tmp_path / "documents" / "folder").symlink_to(outside)
    assert shelf.take_out(document("link.txt")) is None
    assert shelf.take_out(document("missing.txt")) is None
    for path in ("../outside/b.txt", "folder/b.txt", str(outside / "b.txt")):
        with pytest.raises(FileRefused):
            shelf.take_out(document(path))
    assert (outside / "b.txt").exists()
