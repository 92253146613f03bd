import errno
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest
from build_forever import REFUSED
from conftest import GIVEN, GIVEN_ID
from editions import EDITIONS, MODEL, PASSAGES, edition_of, live_edition, write_edition

import index
from index import storage
from index.errors import IndexBusy, IndexTooNew, StorageFailed
from index.storage.manifest import Manifest, Pointer

FILES = (
    "MANIFEST.json",
    "passages.db",
    "index.arrays",
)
DAMAGES = ("flipped", "truncated", "appended", "deleted")
FLIPS = 12  # per file
KILLS = 60
SWAPS = 50
TMPFS_BYTES = 2 << 20
FILE_SIZE_LIMITS = (0, 1, 100, 1300, 2000, 8000, 36000)  # the largest file is one of 36864
TESTS = Path(__file__).parent


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("editions")
    return {edition: write_edition(folder / edition, edition) for edition in EDITIONS}


@pytest.fixture(scope="module")
def published(
    editions: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[int, Path]:
    """Indexes by how many generations they hold; the newest is always of beta."""
    folder = tmp_path_factory.mktemp("published")
    for count, turns in ((1, ("beta",)), (2, ("alpha", "beta"))):
        for edition in turns:
            build(editions[edition], folder / str(count))
    return {count: folder / str(count) for count in (1, 2)}


def build(documents: Path, folder: Path) -> index.BuildReport:
    return index.rebuild([documents], folder, MODEL)


def copy_of(source: Path, target: Path) -> Path:
    shutil.copytree(source, target)
    return target


def live_folder(folder: Path) -> Path:
    return folder / f"gen-{index.status(folder).state.generation:06d}"


def put(path: Path, content: bytes) -> None:
    """Write a file anew: what was mapped of it before stays as it was."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def flipped(content: bytes, place: int, bit: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 1 << bit
    return bytes(changed)


def damages(path: Path, kind: str) -> Iterator[str]:
    """Damage a file in each way of a kind, say how, and mend it afterwards."""
    whole = path.read_bytes()
    if kind == "flipped":
        draw = np.random.default_rng(sum(path.name.encode()))
        places = [0, len(whole) - 1, *draw.integers(len(whole), size=FLIPS - 2).tolist()]
        for place in places:
            bit = int(draw.integers(8))
            put(path, flipped(whole, place, bit))
            yield f"bit {bit} of byte {place} flipped"
    elif kind == "truncated":
        for length in (0, len(whole) // 2, len(whole) - 1):
            put(path, whole[:length])
            yield f"cut to {length} bytes"
    elif kind == "appended":
        for more in (b"\x00", b"\n"):
            put(path, whole + more)
            yield f"{more!r} appended"
    else:
        path.unlink()
        yield "deleted"
    put(path, whole)


def damage_once(path: Path, kind: str) -> None:
    next(damages(path, kind))


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files of an index but the lock, which notes who wrote last."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".writer.lock"
    }


def assert_sound(folder: Path) -> None:
    assert [g.problems for g in index.check(folder) if g.problems] == []
    assert index.open_searcher(folder, MODEL).damaged == ()
    assert [g.is_live for g in index.check(folder)].count(True) == 1


# --- round trip ---


def test_what_was_published_is_what_is_opened(tmp_path: Path) -> None:
    index.rebuild([GIVEN], tmp_path / "index", MODEL)
    opened = index.open_searcher(tmp_path / "index", MODEL)
    paragraphs = GIVEN.read_text(encoding="utf-8").strip().split("\n\n")[1:]
    passages = opened.searcher.passages_of(GIVEN_ID)
    assert [passage.text for passage in passages] == [text.strip() for text in paragraphs]
    assert {passage.document.sha256 for passage in passages} == {
        hashlib.sha256(GIVEN.read_bytes()).hexdigest()
    }
    assert opened.damaged == ()


def test_opening_again_gives_the_same_hits_and_scores(published: dict[int, Path]) -> None:
    first, second = (index.open_searcher(published[1], MODEL).searcher for _ in range(2))
    question = "How will the beta plan raise automobile sales?"
    hits = first.search(first.form(question), 50)
    assert len(hits) > 5
    assert hits == second.search(second.form(question), 50)


def test_a_fresh_index_has_nothing_to_complain_about(published: dict[int, Path]) -> None:
    for folder in published.values():
        assert_sound(folder)


def test_the_files_of_a_generation_are_those_damaged_here(published: dict[int, Path]) -> None:
    assert names_in(live_folder(published[1])) == set(FILES)


def test_status_tells_what_stands_on_disk(published: dict[int, Path]) -> None:
    status = index.status(published[2])
    assert status.state.generation == 2
    assert status.state.documents == EDITIONS["beta"]
    assert status.state.passages == PASSAGES["beta"]
    assert status.kept == (2, 1)
    assert status.bytes == sum((live_folder(published[2]) / n).stat().st_size for n in FILES)


def test_nobody_else_may_read_the_index(published: dict[int, Path]) -> None:
    for path in (published[2], *published[2].rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_folder_without_index_is_missing_one(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(index.IndexMissing, match="policybot index build"):
            index.open_searcher(folder, MODEL)
        with pytest.raises(index.IndexMissing):
            index.check(folder)
    assert not (tmp_path / "nowhere").exists()


# --- damage ---


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_the_earlier_generation_answers_for_a_damaged_one(
    name: str, kind: str, published: dict[int, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    for damage in damages(folder / "gen-000002" / name, kind):
        opened = index.open_searcher(folder, MODEL)
        assert opened.searcher.state.generation == 1, damage
        assert [where for where, _ in opened.damaged] == ["gen-000002"], damage
        assert edition_of(opened.searcher) == "alpha"
    assert live_edition(folder) == "beta"


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("name", FILES)
def test_without_an_earlier_generation_damage_is_an_error(
    name: str, kind: str, published: dict[int, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[1], tmp_path / "index")
    for damage in damages(folder / "gen-000001" / name, kind):
        with pytest.raises(index.IndexDamaged, match="policybot index build") as caught:
            index.open_searcher(folder, MODEL)
        assert [where for where, _ in caught.value.damaged] == ["gen-000001"], damage
    assert live_edition(folder) == "beta"


@pytest.mark.parametrize("name", FILES)
def test_damage_names_the_file(name: str, published: dict[int, Path], tmp_path: Path) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    for kind in DAMAGES:
        for _ in damages(folder / "gen-000002" / name, kind):
            ((_, reason),) = index.open_searcher(folder, MODEL).damaged
            assert name in reason


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("name", FILES)
def test_a_check_finds_every_flipped_bit(
    name: str, number: int, published: dict[int, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    for damage in damages(folder / f"gen-{number:06d}" / name, "flipped"):
        found = {g.number for g in index.check(folder) if g.problems}
        assert found == {number}, damage


def test_no_flipped_bit_of_a_manifest_is_believed(
    published: dict[int, Path], tmp_path: Path
) -> None:
    # Of the earlier generation: CURRENT does not vouch for its manifest, only itself does.
    folder = copy_of(published[2], tmp_path / "index")
    (folder / "gen-000002" / "index.arrays").unlink()
    manifest = folder / "gen-000001" / "MANIFEST.json"
    whole = manifest.read_bytes()
    draw = np.random.default_rng(1)
    for place in range(len(whole)):
        put(manifest, flipped(whole, place, int(draw.integers(8))))
        with pytest.raises(index.IndexDamaged):
            index.open_searcher(folder, MODEL)


@pytest.mark.parametrize("count", [1, 2])
def test_no_flipped_bit_of_current_is_believed(
    count: int, published: dict[int, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[count], tmp_path / "index")
    whole = (folder / "CURRENT").read_bytes()
    for place in range(len(whole)):
        for bit in (0, 5, 7):  # 5 turns letters into capitals
            put(folder / "CURRENT", flipped(whole, place, bit))
            opened = index.open_searcher(folder, MODEL)
            assert [where for where, _ in opened.damaged] == ["CURRENT"], (place, bit)
            assert opened.searcher.state.generation == count
    assert edition_of(opened.searcher) == "beta"


@pytest.mark.parametrize("content", [b"", b"\n", b"\x00" * 88, b"v1 gen-000001\n"])
def test_a_current_of_other_content_is_damage(
    content: bytes, published: dict[int, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    put(folder / "CURRENT", content)
    opened = index.open_searcher(folder, MODEL)
    assert [where for where, _ in opened.damaged] == ["CURRENT"]
    assert edition_of(opened.searcher) == "beta"


def test_without_current_the_newest_generation_answers(
    published: dict[int, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    (folder / "CURRENT").unlink()
    assert live_edition(folder) == "beta"


def test_a_current_that_names_another_manifest_is_found_out(
    published: dict[int, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    put(folder / "CURRENT", Pointer(2, "0" * 64).to_bytes())
    opened = index.open_searcher(folder, MODEL)
    assert [where for where, _ in opened.damaged] == ["gen-000002"]
    assert edition_of(opened.searcher) == "alpha"


def test_a_generation_under_the_number_of_another_is_damage(
    published: dict[int, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    shutil.rmtree(folder / "gen-000002")
    shutil.copytree(folder / "gen-000001", folder / "gen-000002")
    (folder / "CURRENT").unlink()
    opened = index.open_searcher(folder, MODEL)
    assert "gen-000002" in dict(opened.damaged)
    assert opened.searcher.state.generation == 1


def test_a_generation_that_is_gone_as_a_whole_is_damage(
    published: dict[int, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    shutil.rmtree(folder / "gen-000002")
    opened = index.open_searcher(folder, MODEL)
    assert [where for where, _ in opened.damaged] == ["gen-000002"]
    shutil.rmtree(folder / "gen-000001")
    with pytest.raises(index.IndexDamaged):
        index.open_searcher(folder, MODEL)


def test_the_sound_one_answers_when_two_are_damaged(
    editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    for edition in ("alpha", "beta", "alpha"):
        build(editions[edition], folder)
    damage_once(folder / "gen-000003" / "index.arrays", "flipped")
    damage_once(folder / "gen-000002" / "passages.db", "truncated")
    opened = index.open_searcher(folder, MODEL)
    assert opened.searcher.state.generation == 1
    assert [where for where, _ in opened.damaged] == ["gen-000003", "gen-000002"]


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("count", [1, 2])
def test_the_next_rebuild_mends_damage(
    count: int,
    name: str,
    kind: str,
    published: dict[int, Path],
    editions: dict[str, Path],
    tmp_path: Path,
) -> None:
    folder = copy_of(published[count], tmp_path / "index")
    damage_once(folder / f"gen-{count:06d}" / name, kind)
    report = build(editions["beta"], folder)
    assert [note.split()[0] for note in report.notes] == [f"gen-{count:06d}"]
    assert report.published
    assert report.generation == count + 1
    assert names_in(folder / "quarantine") == {f"gen-{count:06d}"}
    assert_sound(folder)
    assert live_edition(folder) == "beta"


@pytest.mark.parametrize("count", [1, 2])
def test_the_next_rebuild_mends_a_damaged_current(
    count: int, published: dict[int, Path], editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[count], tmp_path / "index")
    whole = (folder / "CURRENT").read_bytes()
    damage_once(folder / "CURRENT", "flipped")
    report = build(editions["beta"], folder)
    assert not report.published
    assert [note.split()[0] for note in report.notes] == ["CURRENT"]
    assert (folder / "CURRENT").read_bytes() == whole
    assert_sound(folder)


def test_when_the_documents_are_those_of_the_sound_generation_mending_publishes_nothing(
    published: dict[int, Path], editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    damage_once(folder / "gen-000002" / "index.arrays", "flipped")
    report = build(editions["alpha"], folder)
    assert (report.generation, report.published) == (1, False)
    assert names_in(folder / "quarantine") == {"gen-000002"}
    assert_sound(folder)
    assert live_edition(folder) == "alpha"


def test_the_number_of_a_damaged_generation_is_not_given_again(
    published: dict[int, Path], editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    for number in (2, 3, 4):
        damage_once(folder / f"gen-{number:06d}" / "index.arrays", "flipped")
        assert build(editions["beta"], folder).generation == number + 1
    assert names_in(folder / "quarantine") == {"gen-000002", "gen-000003", "gen-000004"}
    assert_sound(folder)


# --- other formats ---


def make_newer(folder: Path) -> None:
    """Turn the live generation into one that a later version might have written."""
    path = live_folder(folder) / "MANIFEST.json"
    manifest = Manifest.from_bytes(path.read_bytes())._replace(format=storage.FORMAT + 1)
    put(path, manifest.to_bytes())
    pointer = Pointer(manifest.number, hashlib.sha256(manifest.to_bytes()).hexdigest())
    put(folder / "CURRENT", pointer.to_bytes())


def test_an_index_of_a_newer_format_is_not_opened(
    published: dict[int, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    make_newer(folder)
    for act in (lambda: index.open_searcher(folder, MODEL), lambda: index.status(folder)):
        with pytest.raises(IndexTooNew, match="Upgrade policybot"):
            act()


@pytest.mark.parametrize("force", [False, True])
def test_an_index_of_a_newer_format_is_left_alone(
    force: bool, published: dict[int, Path], editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    make_newer(folder)
    before = contents(folder)
    with pytest.raises(IndexTooNew):
        index.rebuild([editions["alpha"]], folder, MODEL, full=force, force=force)
    assert contents(folder) == before


# --- how many are kept, and going back ---


def test_three_generations_are_kept(editions: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "index"
    kept = []
    for edition in ("alpha", "beta", "alpha", "beta", "alpha"):
        build(editions[edition], folder)
        kept.append(index.status(folder).kept)
    assert kept == [(1,), (2, 1), (3, 2, 1), (4, 3, 2), (5, 4, 3)]
    assert names_in(folder) == {
        ".writer.lock",
        "CURRENT",
        "gen-000003",
        "gen-000004",
        "gen-000005",
    }
    assert_sound(folder)


def test_going_back_makes_the_generation_before_live(
    published: dict[int, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    assert index.roll_back(folder) == (2, 1)
    assert live_edition(folder) == "alpha"
    assert index.status(folder).kept == (2, 1)
    assert [(g.number, g.is_live) for g in index.check(folder)] == [(2, False), (1, True)]


def test_one_can_go_back_as_far_as_generations_are_kept(
    editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    for edition in ("alpha", "beta", "alpha", "beta"):
        build(editions[edition], folder)
    assert [index.roll_back(folder), index.roll_back(folder)] == [(4, 3), (3, 2)]
    with pytest.raises(index.IndexMissing, match="2 stays live"):
        index.roll_back(folder)
    assert live_edition(folder) == "beta"


def test_going_back_passes_over_a_damaged_generation(
    editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    for edition in ("beta", "alpha", "alpha", "beta"):
        index.rebuild([editions[edition]], folder, MODEL, full=True)
    damage_once(folder / "gen-000003" / "index.arrays", "flipped")
    assert index.roll_back(folder) == (4, 2)
    assert live_edition(folder) == "alpha"


def test_the_next_build_starts_from_the_generation_gone_back_to(
    published: dict[int, Path], editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    index.roll_back(folder)
    assert not build(editions["alpha"], folder).published
    report = build(editions["beta"], folder)
    assert report.generation == 3
    assert report.added == ("plan-2",)
    assert report.changed == ("plan-0", "plan-1")
    assert index.roll_back(folder) == (3, 1)
    assert live_edition(folder) == "alpha"


def test_after_going_back_damage_falls_back_to_what_was_before(
    editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    for edition in ("alpha", "beta", "alpha"):
        build(editions[edition], folder)
    index.roll_back(folder)
    damage_once(folder / "gen-000002" / "index.arrays", "deleted")
    assert index.open_searcher(folder, MODEL).searcher.state.generation == 1


# --- one writer ---


def test_a_second_writer_is_told_that_the_index_is_busy(
    published: dict[int, Path], editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    with storage.writing(folder):
        with pytest.raises(IndexBusy, match=f"process {os.getpid()}"):
            build(editions["alpha"], folder)
        with pytest.raises(IndexBusy):
            index.roll_back(folder)
        assert live_edition(folder) == "beta"
    assert build(editions["alpha"], folder).published


def test_a_writer_in_another_process_keeps_the_index_busy(
    published: dict[int, Path], editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    holder = (
        "import sys; from pathlib import Path; from index import storage\n"
        "with storage.writing(Path(sys.argv[1])):\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"held\n"
            with pytest.raises(IndexBusy, match=f"process {process.pid}"):
                build(editions["alpha"], folder)
        finally:
            process.kill()
    assert build(editions["alpha"], folder).published


def test_a_dry_run_does_not_wait_for_a_writer(
    published: dict[int, Path], editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    with storage.writing(folder):
        report = index.rebuild([editions["alpha"]], folder, MODEL, dry_run=True)
    assert report.removed == ("plan-2",)


def test_the_lock_is_free_after_an_exception(
    published: dict[int, Path], editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        index.rebuild([editions["alpha"]], folder, MODEL, on_progress=interrupt)
    assert live_edition(folder) == "beta"
    assert build(editions["alpha"], folder).published


def test_of_many_writers_at_once_each_is_done_or_told_to_wait(
    editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    build(editions["alpha"], folder)
    together = threading.Barrier(4)

    def write(edition: str) -> int | None:
        together.wait()
        try:
            return index.rebuild([editions[edition]], folder, MODEL, full=True).generation
        except IndexBusy:
            return None

    with ThreadPoolExecutor(max_workers=4) as pool:
        numbers = list(pool.map(write, ("alpha", "beta") * 10))
    published = sorted(number for number in numbers if number)
    assert published == list(range(2, len(published) + 2))
    assert published != []
    assert_sound(folder)


# --- disks that refuse ---


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[Path]:
    """Mount a file system of its own at a folder; skips where that is not allowed."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if os.geteuid() != 0 or mount is None or umount is None:
        pytest.skip("only root can mount a small tmpfs")
    folder.mkdir()
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", options, "tmpfs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        # Lazily: an index that was opened keeps its files mapped until it is collected.
        subprocess.run([umount, "--lazy", folder], check=True)


def test_a_full_disk_leaves_the_old_generation_live(
    editions: dict[str, Path], tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", f"size={TMPFS_BYTES}") as disk:
        folder = disk / "index"
        build(editions["alpha"], folder)
        before = contents(folder)
        with suppress(OSError), (disk / "ballast").open("wb", buffering=0) as ballast:
            while ballast.write(bytes(4096)):
                pass
        with pytest.raises(StorageFailed, match="generation 1 is live"):
            build(editions["beta"], folder)
        assert contents(folder) == before
        assert live_edition(folder) == "alpha"
        (disk / "ballast").unlink()
        assert build(editions["beta"], folder).published
        assert_sound(folder)
        assert live_edition(folder) == "beta"


def test_a_disk_too_full_for_the_first_index_holds_none_and_no_litter(
    editions: dict[str, Path], tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "size=512k") as disk:
        with pytest.raises(StorageFailed, match="no generation is live"):
            build(editions["beta"], disk / "index")
        assert names_in(disk / "index") == {".writer.lock"}
        with pytest.raises(index.IndexMissing):
            index.open_searcher(disk / "index", MODEL)


# A generation takes a folder and its files, and CURRENT one more.
@pytest.mark.parametrize("free", range(len(FILES) + 2))
def test_a_disk_that_takes_no_more_files_leaves_the_old_generation_live(
    free: int, editions: dict[str, Path], tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", f"size={TMPFS_BYTES},nr_inodes=100") as disk:
        folder = disk / "index"
        build(editions["alpha"], folder)
        before = contents(folder)
        while os.statvfs(disk).f_ffree > free:
            (disk / f"ballast-{os.statvfs(disk).f_ffree}").touch()
        with pytest.raises(StorageFailed, match=re.escape(os.strerror(errno.ENOSPC))):
            build(editions["beta"], folder)
        assert contents(folder) == before
        assert live_edition(folder) == "alpha"
        for ballast in disk.glob("ballast-*"):
            ballast.unlink()
        assert build(editions["beta"], folder).published
        assert_sound(folder)


def test_damage_with_nothing_sound_beside_it_is_not_set_aside_before_there_is(
    published: dict[int, Path], editions: dict[str, Path], tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", f"size={TMPFS_BYTES},nr_inodes=100") as disk:
        folder = copy_of(published[1], disk / "index")
        whole = (folder / "gen-000001" / "index.arrays").read_bytes()
        damage_once(folder / "gen-000001" / "index.arrays", "flipped")
        while os.statvfs(disk).f_ffree > 1:  # one is left for a folder of what is set aside
            (disk / f"ballast-{os.statvfs(disk).f_ffree}").touch()
        with pytest.raises(StorageFailed):
            build(editions["alpha"], folder)
        put(folder / "gen-000001" / "index.arrays", whole)  # as after an error that passed
        assert live_edition(folder) == "beta"


def test_going_back_on_a_full_disk_is_refused_and_said(
    published: dict[int, Path], tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", f"size={TMPFS_BYTES},nr_inodes=100") as disk:
        folder = copy_of(published[2], disk / "index")
        while os.statvfs(disk).f_ffree:
            (disk / f"ballast-{os.statvfs(disk).f_ffree}").touch()
        with pytest.raises(StorageFailed, match="generation 2 is live"):
            index.roll_back(folder)
        assert live_edition(folder) == "beta"
        for ballast in disk.glob("ballast-*"):
            ballast.unlink()
        assert index.roll_back(folder) == (2, 1)


def test_a_disk_that_became_read_only_leaves_the_old_generation_live(
    editions: dict[str, Path], tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", f"size={TMPFS_BYTES}") as disk:
        folder = disk / "index"
        build(editions["alpha"], folder)
        remount(disk, "ro")
        with pytest.raises(StorageFailed, match=re.escape(os.strerror(errno.EROFS))):
            build(editions["beta"], folder)
        assert live_edition(folder) == "alpha"
        remount(disk, "rw")
        assert build(editions["beta"], folder).published
        assert_sound(folder)


def remount(disk: Path, mode: str) -> None:
    mount = shutil.which("mount")
    assert mount is not None
    subprocess.run([mount, "-o", f"remount,{mode}", disk], check=True)


# --- disks that lie ---


def test_a_manifest_that_was_not_written_does_not_go_live(
    published: dict[int, Path],
    editions: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    before = contents(folder)
    write = os.write

    def lie(descriptor: int, content: bytes) -> int:
        is_manifest = bytes(content[:1]) == b"{"
        return len(content) if is_manifest else write(descriptor, content)

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", lie)
        with pytest.raises(StorageFailed, match="MANIFEST"):
            build(editions["alpha"], folder)
    assert contents(folder) == before
    assert build(editions["alpha"], folder).published
    assert_sound(folder)


@pytest.mark.parametrize("lied_about", [".build-000003", "CURRENT.new"])
def test_a_renaming_that_was_not_done_is_not_taken_for_done(
    lied_about: str,
    published: dict[int, Path],
    editions: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    before = contents(folder)
    rename = Path.rename

    def lie(path: Path, target: Path) -> Path:
        return target if path.name == lied_about else rename(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", lie)
        with pytest.raises(StorageFailed, match="2 is live"):
            build(editions["alpha"], folder)
    assert contents(folder) == before
    assert build(editions["alpha"], folder).published
    assert_sound(folder)


def test_damage_that_was_not_set_aside_is_not_taken_for_mended(
    published: dict[int, Path],
    editions: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    damage_once(folder / "gen-000002" / "index.arrays", "flipped")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", lambda _, target: target)
        with pytest.raises(StorageFailed, match="old name"):
            build(editions["beta"], folder)
    build(editions["beta"], folder)
    assert_sound(folder)


def test_a_place_that_cannot_be_written_to_is_said(
    editions: dict[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed, match="--index DIR"):
        build(editions["alpha"], tmp_path / "file" / "index")


# --- rebuilds that are killed ---


class Nursery:
    """The process of build_forever.py, which starts the children."""

    def __init__(self, folder: Path, editions: dict[str, Path]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, TESTS / "build_forever.py", folder, *editions.values()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, order: str) -> int:
        """Start a child and return its process id."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()
        return int(self._line())

    def wait(self) -> int:
        """Wait for the child to end; return its exit code, or the negative signal."""
        return os.waitstatus_to_exitcode(int(self._line()))

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def close(self) -> None:
        self._process.communicate()


@contextmanager
def nursery(folder: Path, editions: dict[str, Path]) -> Iterator[Nursery]:
    opened = Nursery(folder, editions)
    try:
        yield opened
    finally:
        opened.close()


def test_a_file_size_limit_leaves_the_old_generation_live(
    editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    with nursery(folder, editions) as children:
        for limit in FILE_SIZE_LIMITS:
            build(editions["alpha"], folder)
            before = contents(folder)
            children.start(f"limit {limit}")
            assert children.wait() == REFUSED
            assert contents(folder) == before
            assert live_edition(folder) == "alpha"
            assert build(editions["beta"], folder).published
            assert_sound(folder)


def test_a_file_size_limit_leaves_no_half_of_a_first_index(
    editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    with nursery(folder, editions) as children:
        for limit in FILE_SIZE_LIMITS:
            children.start(f"limit {limit}")
            assert children.wait() == REFUSED
            assert contents(folder) == {}
            with pytest.raises(index.IndexMissing):
                index.open_searcher(folder, MODEL)
    assert build(editions["beta"], folder).generation == 1


def test_leftovers_of_killed_rebuilds_are_cleared(
    published: dict[int, Path], editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    for name in (".build-000003", ".build-000007", ".build-old-000001"):
        shutil.copytree(folder / "gen-000001", folder / name)
    put(folder / "CURRENT.new", b"v1 gen-0000")
    assert live_edition(folder) == "beta"
    build(editions["alpha"], folder)
    assert names_in(folder) == {
        ".writer.lock",
        "CURRENT",
        "gen-000001",
        "gen-000002",
        "gen-000003",
    }


def test_leftovers_are_cleared_by_a_build_that_has_nothing_to_publish(
    editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    for edition in ("alpha", "beta", "alpha", "beta"):
        build(editions[edition], folder)
    names = names_in(folder)
    shutil.copytree(folder / "gen-000002", folder / "gen-000001")
    shutil.copytree(folder / "gen-000002", folder / ".build-old-000001")
    put(folder / "CURRENT.new", b"v1 gen-0000")
    assert not build(editions["beta"], folder).published
    assert names_in(folder) == names


def test_a_generation_gone_back_from_is_kept_by_a_build_that_has_nothing_to_publish(
    editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    for edition in ("alpha", "beta", "alpha"):
        build(editions[edition], folder)
    index.roll_back(folder)
    assert not build(editions["beta"], folder).published
    assert index.status(folder).kept == (3, 2, 1)


def test_a_first_index_killed_before_current_was_written_is_sound(
    published: dict[int, Path], editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[1], tmp_path / "index")
    (folder / "CURRENT").unlink()
    assert index.open_searcher(folder, MODEL).damaged == ()
    assert [generation.problems for generation in index.check(folder)] == [()]
    build(editions["beta"], folder)
    assert_sound(folder)


def test_a_kill_at_any_moment_leaves_the_old_or_the_new_edition(
    editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    build(editions["alpha"], folder)
    draw = np.random.default_rng(20230906)
    seen = set()
    with nursery(folder, editions) as children:
        for seconds in draw.uniform(0, 0.09, size=KILLS).tolist():
            child = children.start("forever")
            time.sleep(seconds)
            os.kill(child, signal.SIGKILL)
            assert children.wait() == -signal.SIGKILL
            opened = index.open_searcher(folder, MODEL)
            assert opened.damaged == ()
            edition = edition_of(opened.searcher)
            seen.add(edition)
            other = "beta" if edition == "alpha" else "alpha"
            assert build(editions[other], folder).published
            assert live_edition(folder) == other
    assert seen == set(EDITIONS)
    assert_sound(folder)
    assert not list(folder.glob(".build-*"))


def test_a_kill_at_any_moment_of_the_first_publish_leaves_an_index_or_none(
    editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    draw = np.random.default_rng(1949)
    with nursery(folder, editions) as children:
        for seconds in draw.uniform(0, 0.03, size=KILLS // 2).tolist():
            shutil.rmtree(folder, ignore_errors=True)
            child = children.start("forever")
            time.sleep(seconds)
            os.kill(child, signal.SIGKILL)
            assert children.wait() == -signal.SIGKILL
            with suppress(index.IndexMissing):
                live_edition(folder)
            build(editions["alpha"], folder)
            assert live_edition(folder) == "alpha"


@pytest.mark.parametrize("first", [False, True], ids=["replacing", "first"])
def test_a_kill_before_each_step_of_a_publish_is_survived(
    first: bool, editions: dict[str, Path], tmp_path: Path
) -> None:
    folder, start = tmp_path / "index", tmp_path / "start"
    if not first:
        for edition in ("alpha", "beta", "alpha"):
            build(editions[edition], start)
    told: list[str] = []
    with nursery(folder, editions) as children:
        for step in range(1, 1000):
            # From the same state each time, so that the steps are the same.
            shutil.rmtree(folder, ignore_errors=True)
            if not first:
                shutil.copytree(start, folder)
            children.start(f"until {step}")
            ended = children.wait()
            try:
                opened = index.open_searcher(folder, MODEL)
                assert opened.damaged == ()
                told.append(edition_of(opened.searcher))
            except index.IndexMissing:
                told.append("none")
            if ended == 0:
                break
            assert ended == -signal.SIGKILL
            assert build(editions["beta"], folder).documents == EDITIONS["beta"]
            assert live_edition(folder) == "beta"
    old = "none" if first else "alpha"
    assert len(told) > 30  # else the steps were not seen
    assert told == sorted(told, key=[old, "beta"].index)
    assert set(told) == {old, "beta"}


# --- readers during rebuilds ---


def test_readers_never_fail_and_never_see_a_mix_while_a_writer_publishes(
    editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    build(editions["alpha"], folder)
    logs = [tmp_path / "first.log", tmp_path / "second.log"]
    with ExitStack() as stack:
        readers = [stack.enter_context(reading(folder, log)) for log in logs]
        for log, reader in zip(logs, readers, strict=True):
            while log.stat().st_size == 0 and reader.poll() is None:
                time.sleep(0.01)
        for turn in range(SWAPS):
            build(editions["alpha" if turn % 2 else "beta"], folder)
        for reader in readers:
            reader.terminate()
        ended = [reader.wait() for reader in readers]
    for log in logs:
        assert set(log.read_text().split()) == set(EDITIONS), log.read_text()
    assert ended == [-signal.SIGTERM] * len(readers)


@contextmanager
def reading(folder: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run read_forever.py; what it says goes to the log."""
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, TESTS / "read_forever.py", folder],
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("name", ["MANIFEST.json", "passages.db", "index.arrays"])
def test_a_reader_overtaken_by_rebuilds_opens_the_newest(
    name: str, editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    build(editions["alpha"], folder)
    overtaken = subprocess.run(
        [sys.executable, TESTS / "read_overtaken.py", folder, name, *editions.values()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (overtaken.stdout, overtaken.stderr) == ("5 ()\n", "")
    assert not (folder / "gen-000001").exists()


def test_threads_that_search_never_fail_while_a_writer_publishes(
    editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "index"
    build(editions["alpha"], folder)
    current = index.open_searcher(folder, MODEL).searcher
    stop = threading.Event()

    def ask() -> set[str]:
        answered = set()
        while not stop.is_set():
            answered.add(edition_of(current))
        return answered

    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(ask) for _ in range(3)]
        try:
            for turn in range(SWAPS):
                edition = "alpha" if turn % 2 else "beta"
                build(editions[edition], folder)
                current = index.open_searcher(folder, MODEL).searcher
                assert edition_of(current) == edition
        finally:
            stop.set()
    assert [answers.result() for answers in asked] == [set(EDITIONS)] * 3


def test_an_open_searcher_goes_on_after_its_generation_was_cleared_away(
    published: dict[int, Path], editions: dict[str, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    searcher = index.open_searcher(folder, MODEL).searcher
    before = searcher.search(searcher.form("automobile sales growth"), 50)
    for edition in ("alpha", "beta", "alpha", "beta"):
        build(editions[edition], folder)
    assert not (folder / "gen-000002").exists()
    assert searcher.search(searcher.form("automobile sales growth"), 50) == before
    assert edition_of(searcher) == "beta"
    assert len(searcher.documents()) == EDITIONS["beta"]
    assert searcher.passages_of("plan-1#3") != []


def test_a_lost_current_is_reported_and_mended(published: dict[int, Path], tmp_path: Path) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    (folder / "CURRENT").unlink()
    opened = index.open_searcher(folder, MODEL)
    assert opened.damaged == (("CURRENT", "CURRENT is missing"),)
    assert any("CURRENT is missing" in p for found in index.check(folder) for p in found.problems)


def test_a_rebuild_mends_a_lost_current(
    editions: dict[str, Path], published: dict[int, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    (folder / "CURRENT").unlink()
    report = build(editions["beta"], folder)
    assert (report.published, report.generation) == (False, 2)
    assert_sound(folder)


def test_a_full_rebuild_sets_aside_damage_that_is_not_live(
    editions: dict[str, Path], published: dict[int, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[2], tmp_path / "index")
    damage_once(folder / "gen-000001" / "index.arrays", "flipped")
    report = index.rebuild([editions["beta"]], folder, MODEL, full=True)
    assert any("gen-000001 was damaged" in note for note in report.notes)
    assert_sound(folder)


def test_a_newer_current_of_another_shape_is_too_new(
    published: dict[int, Path], tmp_path: Path
) -> None:
    folder = copy_of(published[1], tmp_path / "index")
    line = b"v2 gen-000001 abc extra"
    put(folder / "CURRENT", line + b" %08x\n" % zlib.crc32(line))
    with pytest.raises(IndexTooNew):
        index.open_searcher(folder, MODEL)


def test_going_back_without_an_index_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(index.IndexMissing):
        index.roll_back(tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_threads_open_while_a_writer_publishes(editions: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "index"
    build(editions["alpha"], folder)
    stop = threading.Event()

    def open_again_and_again() -> int:
        opened = 0
        while not stop.is_set():
            live_edition(folder)
            opened += 1
        return opened

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(open_again_and_again) for _ in range(3)]
        for turn in range(20):
            build(editions["beta" if turn % 2 == 0 else "alpha"], folder)
        stop.set()
        assert all(reader.result() > 0 for reader in readers)


def test_which_generation_is_live_can_be_told_without_opening_it(tmp_path: Path) -> None:
    documents, folder = tmp_path / "documents", tmp_path / "index"
    documents.mkdir()
    assert index.live_generation(folder) is None
    for number in (1, 2):
        (documents / "a.txt").write_text(f"Edition {number} of the text.\n")
        index.rebuild([documents], folder, index.Bm25())
        assert index.live_generation(folder) == number
    index.roll_back(folder)
    assert index.live_generation(folder) == 1
    (folder / "CURRENT").write_text("v1 nonsense\n")
    assert index.live_generation(folder) is None
