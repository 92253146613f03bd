import datetime
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from conftest import GIVEN, GIVEN_ID
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import index
from index.records import Refused

MODEL = index.Bm25()
NOW = datetime.datetime(2024, 3, 1, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
PARAGRAPHS = GIVEN.read_text(encoding="utf-8").strip().split("\n\n")[1:]
# What a generation holds besides the manifest, which notes when it was built.
FILES = (
    "passages.db",
    "index.arrays",
)
QUESTIONS = (
    "How shall automobile sales grow?",
    "investment funds for equipment",
    "annual plan",
    "steel exports",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A folder of four documents with two passages each."""
    made = tmp_path / "documents"
    for number, name in enumerate(("cars.txt", "energy.txt", "law/steel.md", "robots.txt")):
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(PARAGRAPHS[2 * number : 2 * number + 2]), encoding="utf-8")
    return made


def build(documents: Path, folder: Path) -> index.BuildReport:
    return index.rebuild([documents], folder, MODEL, now=NOW)


def opened(folder: Path) -> index.Searcher:
    return index.open_searcher(folder, MODEL).searcher


def ids(folder: Path) -> list[str]:
    return [document.id for document, _ in opened(folder).documents()]


def texts(folder: Path, document_id: str) -> list[str]:
    return [passage.text for passage in opened(folder).passages_of(document_id)]


def found(folder: Path, question: str) -> list[str]:
    searcher = opened(folder)
    return [hit.passage.id for hit in searcher.search(searcher.form(question), 50)]


def live_files(folder: Path) -> dict[str, bytes]:
    live = folder / f"gen-{index.status(folder).state.generation:06d}"
    return {name: (live / name).read_bytes() for name in FILES}


def arrays(folder: Path) -> dict[str, bytes]:
    return {name: content for name, content in live_files(folder).items() if name != FILES[0]}


def everything_in(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


def make_unreadable(path: Path) -> None:
    path.write_bytes(b"\x81\x81\xff caf\n")


# --- the report ---


def test_the_first_build_adds_every_document(documents: Path, folder: Path) -> None:
    report = build(documents, folder)
    assert report.generation == 1
    assert report.published
    assert report.added == ("cars", "energy", "law/steel", "robots")
    assert (report.changed, report.unchanged, report.removed, report.refused) == ((), 0, (), ())
    assert (report.documents, report.passages, report.notes) == (4, 8, ())
    assert report.seconds > 0


def test_the_report_sorts_what_became_of_every_file(documents: Path, folder: Path) -> None:
    (documents / "notes.txt").write_text("Water is metered.\n")
    build(documents, folder)
    (documents / "cars.txt").write_text("Cars are taxed.\n")
    (documents / "robots.txt").unlink()
    (documents / "water.md").write_text("Water is clean.\n")
    (documents / "table.xlsx").write_bytes(b"PK")
    make_unreadable(documents / "new.txt")
    report = build(documents, folder)
    assert report.added == ("water",)
    assert report.changed == ("cars",)
    assert report.unchanged == 3
    assert report.removed == ("robots",)
    assert [refused.path for refused in report.refused] == ["new.txt", "table.xlsx"]
    assert ".xlsx" in report.refused[1].reason
    assert report.refused[0].reason == (
        "line 1: not valid UTF-8, and its bytes suggest no other encoding; save the file as UTF-8"
    )
    assert (report.documents, report.passages) == (5, 7)
    assert report.generation == 2


def test_the_report_counts_what_the_index_then_holds(documents: Path, folder: Path) -> None:
    report = build(documents, folder)
    state = index.status(folder).state
    assert (state.generation, state.documents, state.passages) == (
        report.generation,
        report.documents,
        report.passages,
    )
    assert state.terms > 0


def test_a_file_can_be_named_instead_of_a_folder(folder: Path) -> None:
    assert index.rebuild([GIVEN], folder, MODEL).added == (GIVEN_ID,)


def test_several_places_make_one_index(documents: Path, folder: Path) -> None:
    report = index.rebuild([documents, GIVEN], folder, MODEL)
    assert report.added == (GIVEN_ID, "cars", "energy", "law/steel", "robots")


def test_of_two_files_with_one_id_the_second_is_refused(documents: Path, folder: Path) -> None:
    (documents / "Cars.txt").write_text("Cars are taxed.\n")
    (refused,) = build(documents, folder).refused
    assert refused == Refused("cars.txt", "has the same id as Cars.txt (cars); rename one of them")


def test_every_file_is_reported_as_it_is_done(documents: Path, folder: Path) -> None:
    make_unreadable(documents / "new.txt")
    names = ["cars.txt", "energy.txt", "law/steel.md", "new.txt", "robots.txt"]
    for _ in range(2):  # also those that need not be read again
        told: list[tuple[int, int, str]] = []
        index.rebuild(
            [documents], folder, MODEL, on_progress=lambda *step, told=told: told.append(step)
        )
        assert told == [(done, 5, name) for done, name in enumerate(names, start=1)]


# --- rebuilding ---


def test_when_nothing_changed_nothing_is_published(documents: Path, folder: Path) -> None:
    build(documents, folder)
    before = {path: seen for path, seen in everything_in(folder).items() if ".writer" not in path}
    for path in documents.rglob("*"):
        os.utime(path, (0, 0))  # a new time of change is no change
    report = build(documents, folder)
    assert not report.published
    assert (report.generation, report.unchanged, report.documents) == (1, 4, 4)
    after = {path: seen for path, seen in everything_in(folder).items() if ".writer" not in path}
    assert after == before


def test_full_reads_every_document_again(documents: Path, folder: Path) -> None:
    build(documents, folder)
    before = live_files(folder)
    report = index.rebuild([documents], folder, MODEL, full=True)
    assert report.published
    assert (report.generation, report.unchanged, report.changed) == (2, 4, ())
    assert live_files(folder) == before


def test_a_removed_file_disappears(documents: Path, folder: Path) -> None:
    (documents / "zinc.txt").write_text("Zinc is smelted.\n")
    build(documents, folder)
    assert found(folder, "zinc") == ["zinc#1"]
    (documents / "zinc.txt").unlink()
    assert build(documents, folder).removed == ("zinc",)
    assert found(folder, "zinc") == []
    assert opened(folder).form("zinc").missing == ("zinc",)
    assert ids(folder) == ["cars", "energy", "law/steel", "robots"]


def test_a_changed_file_answers_with_its_new_text_only(documents: Path, folder: Path) -> None:
    (documents / "metals.txt").write_text("Zinc is smelted.\n")
    build(documents, folder)
    (documents / "metals.txt").write_text("Tin is smelted.\n")
    assert build(documents, folder).changed == ("metals",)
    assert found(folder, "zinc") == []
    assert found(folder, "tin") == ["metals#1"]


def test_a_renamed_file_is_a_new_document(documents: Path, folder: Path) -> None:
    build(documents, folder)
    (documents / "cars.txt").rename(documents / "vehicles.txt")
    report = build(documents, folder)
    assert (report.added, report.removed) == (("vehicles",), ("cars",))
    assert texts(folder, "vehicles") == PARAGRAPHS[:2]
    assert texts(folder, "cars") == []


def test_a_moved_folder_moves_its_documents(documents: Path, folder: Path) -> None:
    build(documents, folder)
    (documents / "law").rename(documents / "acts")
    report = build(documents, folder)
    assert (report.added, report.removed) == (("acts/steel",), ("law/steel",))


def test_a_file_renamed_to_another_spelling_of_its_id_is_a_change(
    documents: Path, folder: Path
) -> None:
    (documents / "Tax Law.txt").write_text("date 2023-01-01 Tax law\n\nCars are taxed.\n")
    build(documents, folder)
    (documents / "Tax Law.txt").rename(documents / "tax-law.txt")
    report = build(documents, folder)
    assert (report.added, report.changed, report.removed) == ((), ("tax-law",), ())
    (passage,) = opened(folder).passages_of("tax-law")
    assert passage.document.path == "tax-law.txt"


def test_a_file_renamed_to_another_format_is_read_by_its_reader(
    documents: Path, folder: Path
) -> None:
    (documents / "Heat Plan.txt").write_text("# Heat\n\nPumps are *paid* for.\n")
    build(documents, folder)
    (documents / "Heat Plan.txt").rename(documents / "heat-plan.md")
    build(documents, folder)
    (passage,) = opened(folder).passages_of("heat-plan")
    assert (passage.document.title, passage.text) == ("Heat", "Pumps are paid for.")


def test_a_document_that_became_a_link_out_keeps_its_earlier_version(
    documents: Path, folder: Path, tmp_path: Path
) -> None:
    build(documents, folder)
    (tmp_path / "outside.txt").write_text("Secret.")
    (documents / "cars.txt").unlink()
    (documents / "cars.txt").symlink_to(tmp_path / "outside.txt")
    report = build(documents, folder)
    (refused,) = report.refused
    assert refused.reason.endswith("; its earlier version stays in the index")
    assert texts(folder, "cars") == PARAGRAPHS[:2]


def test_a_document_whose_metadata_cannot_be_read_is_left_out(
    documents: Path, folder: Path, tmp_path: Path
) -> None:
    (documents / "cars.yaml").symlink_to(tmp_path / "outside.yaml")
    (documents / "robots.yml").write_text("audience: '1'")
    report = build(documents, folder)
    assert {refused.path for refused in report.refused} == {"cars.txt", "robots.txt"}
    assert texts(folder, "cars") == []


def test_ids_below_the_home_are_relative_to_it(documents: Path, folder: Path) -> None:
    report = index.rebuild([documents / "law" / "steel.md"], folder, MODEL, home=documents)
    assert report.added == ("law/steel",)
    (passage, *_) = opened(folder).passages_of("law/steel")
    assert passage.document.path == "law/steel.md"


def test_a_sidecar_that_comes_changes_or_goes_changes_its_document(
    documents: Path, folder: Path
) -> None:
    build(documents, folder)
    sidecar = documents / "law" / "steel.yaml"
    titles = []
    for title in ("Steel act", "Iron act", None):
        if title:
            sidecar.write_text(f"title: {title}\ndate: 2023-09-06\n")
        else:
            sidecar.unlink()
        report = build(documents, folder)
        assert report.changed == ("law/steel",)
        assert report.unchanged == 3
        titles.append(opened(folder).passages_of("law/steel")[0].document.title)
    assert titles == ["Steel act", "Iron act", "steel"]


def test_the_words_of_the_title_find_every_passage(documents: Path, folder: Path) -> None:
    (documents / "energy.yaml").write_text("title: Geothermal roadmap\n")
    build(documents, folder)
    assert sorted(found(folder, "geothermal roadmap")) == ["energy#1", "energy#2"]


def test_the_words_of_a_heading_find_the_passages_below_it(documents: Path, folder: Path) -> None:
    (documents / "water.md").write_text(
        "# Water\n\nOne.\n\n## Desalination\n\nTwo.\n\nThree.\n\n## Rivers\n\nFour.\n"
    )
    build(documents, folder)
    assert sorted(found(folder, "desalination")) == ["water#2", "water#3"]


# --- files that cannot be read any more ---


def test_a_document_that_becomes_unreadable_keeps_its_earlier_version(
    documents: Path, folder: Path
) -> None:
    build(documents, folder)
    earlier = texts(folder, "cars")
    make_unreadable(documents / "cars.txt")
    (documents / "water.txt").write_text("Water is metered.\n")
    report = build(documents, folder)
    assert report.published
    (refused,) = report.refused
    assert refused.path == "cars.txt"
    assert refused.reason.endswith("; its earlier version stays in the index")
    assert (report.unchanged, report.removed) == (4, ())
    assert texts(folder, "cars") == earlier == PARAGRAPHS[:2]


def test_a_document_that_stays_unreadable_is_reported_each_time(
    documents: Path, folder: Path
) -> None:
    build(documents, folder)
    make_unreadable(documents / "cars.txt")
    for _ in range(2):
        report = build(documents, folder)
        assert not report.published
        assert [refused.path for refused in report.refused] == ["cars.txt"]
    (documents / "cars.txt").write_text("Cars are taxed.\n")
    report = build(documents, folder)
    assert (report.changed, report.refused) == (("cars",), ())
    assert texts(folder, "cars") == ["Cars are taxed."]


def test_a_broken_sidecar_keeps_the_earlier_version_too(documents: Path, folder: Path) -> None:
    build(documents, folder)
    (documents / "cars.yaml").write_text("title: [\n")
    (refused,) = build(documents, folder).refused
    assert "its .yaml file" in refused.reason
    assert ids(folder) == ["cars", "energy", "law/steel", "robots"]


def test_an_earlier_version_is_kept_through_a_full_build_and_new_rules(
    documents: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(documents, folder)
    make_unreadable(documents / "cars.txt")
    index.rebuild([documents], folder, MODEL, full=True)
    assert texts(folder, "cars") == PARAGRAPHS[:2]
    before = live_files(folder)
    monkeypatch.setattr("index.build.FINGERPRINT", "of tomorrow")
    monkeypatch.setattr("index.opening.FINGERPRINT", "of tomorrow")
    assert build(documents, folder).published
    assert texts(folder, "cars") == PARAGRAPHS[:2]
    assert live_files(folder) == before


# --- losing much ---


def test_a_folder_that_is_not_there_is_an_error_and_leaves_no_trace(
    documents: Path, folder: Path
) -> None:
    with pytest.raises(index.NoDocuments, match="No such file or directory"):
        index.rebuild([documents / "nowhere"], folder, MODEL, force=True)
    assert not folder.exists()


def test_an_empty_folder_makes_no_index(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(index.NoDocuments, match="policybot index build"):
        build(tmp_path / "empty", folder)
    with pytest.raises(index.IndexMissing):
        opened(folder)


def test_a_folder_of_unreadable_files_says_why(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "documents").mkdir()
    make_unreadable(tmp_path / "documents" / "cars.txt")
    with pytest.raises(index.NoDocuments, match=r"cars\.txt: line 1: not valid UTF-8"):
        build(tmp_path / "documents", folder)


def test_emptying_the_folder_does_not_empty_the_index(documents: Path, folder: Path) -> None:
    build(documents, folder)
    shutil.rmtree(documents)
    documents.mkdir()
    with pytest.raises(index.NoDocuments, match="The index stays as it is"):
        build(documents, folder)
    assert len(ids(folder)) == 4


def test_losing_more_than_half_is_refused(documents: Path, folder: Path) -> None:
    build(documents, folder)
    for name in ("cars", "energy", "robots"):
        (documents / f"{name}.txt").unlink()
    with pytest.raises(
        index.BuildRefused, match=r"Only 2 of 8 passages .*cars, energy, robots.*--force"
    ):
        build(documents, folder)
    assert len(ids(folder)) == 4


def test_losing_half_is_not_refused(documents: Path, folder: Path) -> None:
    build(documents, folder)
    for name in ("cars", "energy"):
        (documents / f"{name}.txt").unlink()
    assert build(documents, folder).removed == ("cars", "energy")
    assert ids(folder) == ["law/steel", "robots"]


def test_a_document_that_shrinks_counts_as_a_loss(documents: Path, folder: Path) -> None:
    shutil.copy(GIVEN, documents)
    build(documents, folder)
    (documents / GIVEN.name).write_text("Withdrawn.\n")
    assert build(documents, folder).passages == 9
    (documents / "cars.txt").write_text("Withdrawn.\n")
    shutil.rmtree(documents / "law")
    (documents / "energy.txt").unlink()
    with pytest.raises(index.BuildRefused, match="Only 4 of 9"):
        build(documents, folder)


def test_a_dry_run_refuses_a_loss_as_well(documents: Path, folder: Path) -> None:
    build(documents, folder)
    for name in ("cars", "energy", "robots"):
        (documents / f"{name}.txt").unlink()
    with pytest.raises(index.BuildRefused):
        index.rebuild([documents], folder, MODEL, dry_run=True)


def test_force_accepts_a_loss(documents: Path, folder: Path) -> None:
    build(documents, folder)
    for name in ("cars", "energy", "robots"):
        (documents / f"{name}.txt").unlink()
    report = index.rebuild([documents], folder, MODEL, force=True)
    assert report.removed == ("cars", "energy", "robots")
    assert ids(folder) == ["law/steel"]


def test_force_accepts_the_loss_of_everything(documents: Path, folder: Path) -> None:
    build(documents, folder)
    shutil.rmtree(documents)
    documents.mkdir()
    report = index.rebuild([documents], folder, MODEL, force=True)
    assert (report.generation, report.documents, report.passages) == (2, 0, 0)
    searcher = opened(folder)
    assert searcher.search(searcher.form("automobile sales"), 5) == []
    assert searcher.form("automobile").missing == ("automobile",)
    assert searcher.documents() == []
    assert searcher.passages_of("cars") == []
    assert searcher.frequent_words(5) == []
    assert [generation.problems for generation in index.check(folder)] == [(), ()]


def test_documents_can_come_back_to_an_empty_index(
    documents: Path, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    index.rebuild([tmp_path / "empty"], folder, MODEL, force=True)
    assert ids(folder) == []
    assert build(documents, folder).added == ("cars", "energy", "law/steel", "robots")
    build(documents, tmp_path / "fresh")
    assert live_files(folder) == live_files(tmp_path / "fresh")


# --- dry runs ---


def test_a_dry_run_does_not_even_make_the_folder(documents: Path, folder: Path) -> None:
    report = index.rebuild([documents], folder, MODEL, dry_run=True)
    assert report.added == ("cars", "energy", "law/steel", "robots")
    assert (report.generation, report.published) == (0, False)
    assert (report.documents, report.passages) == (4, 8)
    assert not folder.exists()


@pytest.mark.parametrize("damaged", [False, True])
def test_a_dry_run_tells_what_would_be_done_and_changes_nothing(
    damaged: bool, documents: Path, folder: Path
) -> None:
    build(documents, folder)
    if damaged:
        (folder / "CURRENT").write_bytes(b"?")
    (documents / "cars.txt").unlink()
    (documents / "water.txt").write_text("Water is metered.\n")
    before = everything_in(folder.parent)
    dry = index.rebuild([documents], folder, MODEL, dry_run=True, full=damaged)
    assert everything_in(folder.parent) == before
    wet = build(documents, folder)
    assert (dry.generation, dry.published) == (1, False)
    assert wet._replace(generation=1, published=False, seconds=dry.seconds) == dry
    assert wet.removed == ("cars",)
    assert len(wet.notes) == damaged


# --- other rules ---


@pytest.mark.parametrize(
    "other",
    [index.Bm25(k1=1.5), index.Bm25(b=0.5), index.Bm25(variant="okapi")],
    ids=["k1", "b", "variant"],
)
def test_other_ranking_settings_need_a_build(
    other: index.Bm25, documents: Path, folder: Path, tmp_path: Path
) -> None:
    build(documents, folder)
    with pytest.raises(index.IndexOutdated, match="other ranking settings"):
        index.open_searcher(folder, other)
    report = index.rebuild([documents], folder, other)
    assert (report.published, report.unchanged, report.changed) == (True, 4, ())
    searcher = index.open_searcher(folder, other).searcher
    index.rebuild([documents], tmp_path / "fresh", other)
    fresh = index.open_searcher(tmp_path / "fresh", other).searcher
    for question in QUESTIONS:
        query = searcher.form(question)
        assert searcher.search(query, 50) == fresh.search(query, 50)
    with pytest.raises(index.IndexOutdated):
        index.open_searcher(folder, MODEL)


def test_other_rules_of_reading_need_a_build_that_reads_all_again(
    documents: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(documents, folder)
    monkeypatch.setattr("index.build.FINGERPRINT", "of tomorrow")
    monkeypatch.setattr("index.opening.FINGERPRINT", "of tomorrow")
    with pytest.raises(index.IndexOutdated, match="another version of policybot"):
        index.open_searcher(folder, MODEL)
    report = build(documents, folder)
    assert (report.published, report.generation, report.unchanged) == (True, 2, 4)
    assert len(ids(folder)) == 4
    assert not build(documents, folder).published


# --- an index that grew equals one built at once ---

NAMES = ("a.txt", "b.txt", "c/d.txt", "e.md", "F g.md")
TITLES = ("", "date 2023-09-06 Annual plan for steel\n\n", "---\ntitle: Exports\n---\n")
SIDECARS = ("title: Annual plan\n", "publisher: Ministry\ndate: 2023-09-06\n")

put_file = st.tuples(
    st.just("put"),
    st.sampled_from(NAMES),
    st.builds(
        lambda title, paragraphs: title + "\n\n".join(paragraphs) + "\n",
        st.sampled_from(TITLES),
        st.lists(
            st.sampled_from([*PARAGRAPHS, "# Work plans", "Steel exports grow. 钢铁出口增长。"]),
            min_size=1,
            max_size=4,
        ),
    ),
)
put_sidecar = st.tuples(st.just("sidecar"), st.sampled_from(NAMES), st.sampled_from(SIDECARS))
remove = st.tuples(st.just("remove"), st.sampled_from(NAMES), st.just(""))
rename = st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(("x", "a", "z/y")))
edits = st.lists(st.one_of(put_file, put_file, put_sidecar, remove, rename), max_size=4)


def edit(documents: Path, kind: str, name: str, value: str) -> None:
    path = documents / name
    if kind == "put":
        path.parent.mkdir(exist_ok=True)
        path.write_text(value, encoding="utf-8")
    elif kind == "sidecar" and path.exists():
        path.with_suffix(".yaml").write_text(value)
    elif kind == "remove":
        path.unlink(missing_ok=True)
        path.with_suffix(".yaml").unlink(missing_ok=True)
    elif kind == "rename" and path.exists():
        target = documents / f"{value}{path.suffix}"
        # To a file of another kind under the same id it would not be a renaming alone.
        if not list(target.parent.glob(f"{target.stem}.*")):
            target.parent.mkdir(exist_ok=True)
            path.rename(target)


@settings(max_examples=40, deadline=None)
@given(st.lists(edits, min_size=1, max_size=4))
def test_an_index_that_grew_equals_one_built_at_once(
    rounds: list[list[tuple[str, str, str]]],
) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        documents, grown, fresh = (Path(scratch, name) for name in ("documents", "grown", "fresh"))
        documents.mkdir()
        shutil.copy(GIVEN, documents)
        build(documents, grown)
        read_again = Path(scratch, "read_again")
        for number, some in enumerate(rounds, start=1):
            shutil.rmtree(read_again, ignore_errors=True)
            shutil.copytree(grown, read_again)
            for kind, name, value in some:
                edit(documents, kind, name, value)
            now = NOW + number * DAY
            report = index.rebuild([documents], grown, MODEL, force=True, now=now)
        index.rebuild([documents], read_again, MODEL, force=True, full=True, now=now)
        assert live_files(grown) == live_files(read_again)
        at_once = build(documents, fresh)
        # What became unreadable keeps its earlier version, which an index built at once never had.
        assume(not any("earlier version stays" in refused.reason for refused in report.refused))
        assert report.refused == at_once.refused
        # What is current does not depend on what was before.
        assert arrays(grown) == arrays(fresh)
        assert [texts(grown, id_) for id_ in ids(grown)] == [texts(fresh, i) for i in ids(fresh)]
        assert opened(grown).documents() == opened(fresh).documents()
        one, other = opened(grown), opened(fresh)
        for question in QUESTIONS:
            hits = one.search(one.form(question), 50)
            assert hits == other.search(other.form(question), 50)


def test_a_newcomer_with_the_same_id_does_not_push_a_document_out(
    documents: Path, folder: Path
) -> None:
    build(documents, folder)
    (documents / "cars.md").write_text("# Other\n\nNot about cars.\n")
    report = build(documents, folder)
    assert [refused.path for refused in report.refused] == ["cars.md"]
    assert texts(folder, "cars") == PARAGRAPHS[:2]


def test_an_index_among_the_documents_is_no_document(documents: Path) -> None:
    build(documents, documents / "index")
    report = build(documents, documents / "index")
    assert (report.refused, report.unchanged) == ((), 4)


def test_building_from_a_folder_above_the_home_keeps_the_ids(
    documents: Path, folder: Path, tmp_path: Path
) -> None:
    build(documents, folder)
    report = index.rebuild([tmp_path], folder, MODEL, home=documents)
    assert report.unchanged == 4
    assert report.removed == ()


def test_a_long_paragraph_that_looks_like_a_heading_stays_a_paragraph(
    documents: Path, folder: Path
) -> None:
    sentence = "A very long first paragraph that somebody underlined. " * 10
    (documents / "long.md").write_text(f"{sentence}\n---\n\n" + "Short.\n\n" * 3)
    build(documents, folder)
    assert texts(folder, "long")[0] == sentence.strip()
    assert {p.heading for p in opened(folder).passages_of("long")} == {()}
