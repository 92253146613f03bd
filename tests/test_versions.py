"""Earlier versions of documents: what is kept of them, and which was in force when."""

import datetime
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import index
from index import storage
from index.records import Document, Version
from index.storage import checking
from index.superseding import notes_on, superseders
from index.versions import earliest_day, in_force, starts

MODEL = index.Bm25()
NOON = datetime.datetime(2024, 1, 1, 12, tzinfo=datetime.UTC)


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name in ("law", "plan", "note"):
        (folder / f"{name}.txt").write_text(f"The {name} of the first day.\n\nIt is short.\n")
    return folder


def on_day(day: int) -> datetime.datetime:
    """Return noon of a day counted from the first build."""
    return NOON + datetime.timedelta(days=day)


def build(documents: Path, day: int, retention_days: int = 3650) -> index.BuildReport:
    return index.rebuild(
        [documents],
        documents.parent / "index",
        MODEL,
        force=True,
        now=on_day(day),
        retention_days=retention_days,
    )


def stored(documents: Path) -> list[tuple[str, int, str, str | None]]:
    """Return id, number and days of all versions, and see that the index is sound."""
    folder = documents.parent / "index"
    assert [checked.problems for checked in index.check(folder) if checked.problems] == []
    rows = storage.open_live(folder).generation.rows
    return [
        (v.document.id, v.number, v.first_seen[:10], v.last_seen and v.last_seen[:10])
        for v in rows.versions()
    ]


def texts_of(documents: Path, id_: str) -> list[list[str]]:
    rows = storage.open_live(documents.parent / "index").generation.rows
    return [[p.text for p in rows.passages(v.passages)] for v in rows.versions(id_)]


# --- what is kept ---


def test_an_unchanged_document_keeps_its_first_day(documents: Path) -> None:
    build(documents, 0)
    (documents / "law.txt").write_text("The law of the second day.\n")
    build(documents, 1)
    assert stored(documents) == [
        ("law", 1, "2024-01-01", "2024-01-02"),
        ("law", 2, "2024-01-02", None),
        ("note", 1, "2024-01-01", None),
        ("plan", 1, "2024-01-01", None),
    ]


def test_the_text_of_an_earlier_version_stays_through_later_builds(documents: Path) -> None:
    build(documents, 0)
    for day in (1, 2, 3):
        (documents / "law.txt").write_text(f"The law of day {day}.\n")
        build(documents, day)
    assert texts_of(documents, "law") == [
        ["The law of the first day.", "It is short."],
        ["The law of day 1."],
        ["The law of day 2."],
        ["The law of day 3."],
    ]


def test_a_removed_document_stays_as_an_earlier_version(documents: Path) -> None:
    build(documents, 0)
    (documents / "law.txt").unlink()
    build(documents, 1)
    assert stored(documents)[0] == ("law", 1, "2024-01-01", "2024-01-02")
    (documents / "law.txt").write_text("The law is back.\n")
    build(documents, 2)
    assert stored(documents)[:2] == [
        ("law", 1, "2024-01-01", "2024-01-02"),
        ("law", 2, "2024-01-03", None),
    ]


def test_a_change_of_metadata_makes_a_version(documents: Path) -> None:
    build(documents, 0)
    (documents / "law.yaml").write_text("publisher: The ministry\n")
    assert build(documents, 1).changed == ("law",)
    assert [number for id_, number, *_ in stored(documents) if id_ == "law"] == [1, 2]


def test_nothing_but_the_history_knows_of_earlier_versions(documents: Path) -> None:
    build(documents, 0)
    (documents / "law.txt").write_text("Another text.\n")
    (documents / "plan.txt").unlink()
    report = build(documents, 1)
    assert (report.documents, report.passages) == (2, 3)
    searcher = index.open_searcher(documents.parent / "index", MODEL).searcher
    assert [document.id for document, _ in searcher.documents()] == ["law", "note"]
    assert searcher.passages_of("plan") == []
    assert [passage.text for passage in searcher.passages_of("law")] == ["Another text."]
    assert searcher.form("plan").missing == ("plan",)
    assert index.status(documents.parent / "index").earlier == 2


def test_an_unreadable_document_keeps_its_version_as_the_current_one(documents: Path) -> None:
    build(documents, 0)
    (documents / "law.txt").write_bytes(b"\x81\x81\xff caf\n")
    build(documents, 1)
    assert ("law", 1, "2024-01-01", None) in stored(documents)


def test_reading_by_other_rules_makes_no_version(
    documents: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(documents, 0)
    (documents / "plan.txt").write_text("Another plan.\n")
    build(documents, 1)
    before = stored(documents)
    monkeypatch.setattr("index.build.FINGERPRINT", "other rules")
    assert build(documents, 2).published
    assert stored(documents) == before
    assert texts_of(documents, "plan") == [
        ["The plan of the first day.", "It is short."],
        ["Another plan."],
    ]


def test_a_clock_that_jumped_back_ends_nothing_before_it_began(documents: Path) -> None:
    build(documents, 10)
    (documents / "law.txt").write_text("Another text.\n")
    build(documents, 5)
    assert stored(documents)[:2] == [
        ("law", 1, "2024-01-11", "2024-01-11"),
        ("law", 2, "2024-01-06", None),
    ]


def test_versions_that_ended_too_long_ago_are_dropped_by_the_next_build(documents: Path) -> None:
    build(documents, 0)
    (documents / "law.txt").write_text("Another text.\n")
    build(documents, 1)
    assert not build(documents, 90, retention_days=90).published
    assert build(documents, 92, retention_days=90).published
    assert [entry[:2] for entry in stored(documents)] == [("law", 2), ("note", 1), ("plan", 1)]
    assert not build(documents, 93, retention_days=90).published


def test_a_retention_of_no_days_keeps_no_version(documents: Path) -> None:
    build(documents, 0, retention_days=0)
    (documents / "law.txt").write_text("Another text.\n")
    build(documents, 1, retention_days=0)
    assert [entry[:2] for entry in stored(documents)] == [("law", 2), ("note", 1), ("plan", 1)]


def test_a_full_build_keeps_the_history(documents: Path) -> None:
    build(documents, 0)
    (documents / "law.txt").write_text("Another text.\n")
    build(documents, 1)
    before = stored(documents)
    index.rebuild([documents], documents.parent / "index", MODEL, full=True, now=on_day(2))
    assert stored(documents) == before


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE passages SET text = 'Another.' WHERE number = 5", "the text of law#1 does not"),
        ("DELETE FROM passages WHERE number = 5", "documents and passages: "),
        ("DELETE FROM documents WHERE number = 0", "passages of no document: "),
    ],
)
def test_a_check_counts_and_compares_earlier_versions_too(
    documents: Path, change: str, problem: str
) -> None:
    build(documents, 0)
    (documents / "law.txt").write_text("Another text.\n")
    build(documents, 1)
    generation = storage.open_live(documents.parent / "index").generation
    assert list(checking._inner_problems(generation)) == []
    changed = documents.parent / "changed.db"
    changed.write_bytes(generation.rows.path.read_bytes())
    with closing(sqlite3.connect(changed)) as connection:
        connection.execute(change)
        connection.commit()
    problems = list(
        checking._inner_problems(
            storage.Generation(
                generation.folder, generation.manifest, generation.views, storage.Rows(changed)
            )
        )
    )
    assert problems
    assert problems[0].startswith(problem)


# --- which was in force ---


def version(
    id_: str,
    number: int,
    first_seen: str,
    last_seen: str | None = None,
    *,
    date: str | None = None,
    supersedes: tuple[str, ...] = (),
) -> Version:
    document = Document(id_, id_, f"{id_}{number}", id_, date=date, supersedes=supersedes)
    ended = last_seen and f"{last_seen}T12:00:00+00:00"
    return Version(document, number, f"{first_seen}T12:00:00+00:00", ended, range(0))


def names_in_force(versions: list[Version], day: str) -> list[str]:
    return [f"{v.document.id} {v.number}" for v in in_force(versions, day)]


LAW = [
    version("law", 1, "2024-01-05", "2024-02-05", date="2020-07-01"),
    version("law", 2, "2024-02-05", "2024-03-05", date="2020-07-01"),  # the same date: a mistake
    version("law", 3, "2024-03-05", "2024-04-05", date="2024-03-01"),
]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2020-06-30", []),
        ("2020-07-01", ["law 1"]),
        ("2024-02-04", ["law 1"]),
        ("2024-02-05", ["law 2"]),
        ("2024-02-29", ["law 2"]),
        ("2024-03-01", ["law 3"]),
        ("2024-04-04", ["law 3"]),
        ("2024-04-05", []),  # removed
    ],
)
def test_a_version_counts_from_its_date_or_its_first_day_until_the_next(
    day: str, expected: list[str]
) -> None:
    assert names_in_force(LAW, day) == expected


def test_a_law_of_a_later_day_is_not_in_force_before_it() -> None:
    versions = [
        version("law", 1, "2024-01-05", "2024-02-05"),
        version("law", 2, "2024-02-05", date="2024-06-01"),
    ]
    assert names_in_force(versions, "2024-05-31") == ["law 1"]
    assert names_in_force(versions, "2024-06-01") == ["law 2"]


def test_a_document_that_came_back_was_not_in_force_between() -> None:
    versions = [version("law", 1, "2024-01-05", "2024-02-05"), version("law", 2, "2024-05-05")]
    assert names_in_force(versions, "2024-02-04") == ["law 1"]
    assert names_in_force(versions, "2024-03-01") == []
    assert names_in_force(versions, "2024-05-05") == ["law 2"]


def test_what_was_removed_before_its_day_came_was_never_in_force() -> None:
    versions = [
        version("law", 1, "2024-01-05", "2024-02-05"),
        version("law", 2, "2024-02-05", "2024-03-05", date="2030-01-01"),
    ]
    assert names_in_force(versions, "2024-03-04") == ["law 1"]
    assert names_in_force(versions, "2024-03-05") == []
    assert names_in_force(versions, "2030-01-01") == []


def test_of_a_version_whose_forerunner_is_not_kept_no_earlier_day_is_claimed() -> None:
    versions = [version("law", 2, "2024-02-05", date="2020-07-01")]
    assert names_in_force(versions, "2023-01-01") == []
    assert names_in_force(versions, "2024-02-05") == ["law 2"]


def test_a_date_that_is_added_later_does_not_undo_the_version_before_it() -> None:
    versions = [
        version("law", 1, "2024-01-05", "2024-02-05"),
        version("law", 2, "2024-02-05", date="2020-07-01"),
    ]
    assert names_in_force(versions, "2024-01-20") == ["law 1"]


def test_a_document_ends_where_one_that_supersedes_it_begins() -> None:
    versions = [
        version("new", 1, "2024-01-05", date="2023-01-01", supersedes=("old",)),
        version("old", 1, "2024-01-05", date="2020-01-01"),
    ]
    assert names_in_force(versions, "2022-12-31") == ["old 1"]
    assert names_in_force(versions, "2023-01-01") == ["new 1"]
    assert earliest_day(versions) == "2020-01-01"


def test_what_is_superseded_supersedes_all_the_same() -> None:
    assert superseders({"a": ("b",), "b": ("c",), "c": ()}) == {"b": ("a",), "c": ("b",)}


def test_documents_that_supersede_each_other_stay_and_are_noted() -> None:
    named = {"a": ("b",), "b": ("c",), "c": ("a", "d"), "d": ("d", "gone")}
    assert superseders(named) == {"d": ("c",)}
    assert notes_on(named, {"a", "b", "c", "d"}) == [
        "d supersedes gone, but no document is called that",
        "a, b, c supersede each other; that is left out",
        "d supersedes itself; that is left out",
    ]


def test_the_report_names_superseded_ids_that_nothing_is_called(documents: Path) -> None:
    (documents / "law.yaml").write_text("supersedes: [plan, old-law]\n")
    assert build(documents, 0).notes == ("law supersedes old-law, but no document is called that",)
    (documents / "plan.txt").unlink()
    (documents / "law.yaml").write_text("supersedes: plan\n")
    assert build(documents, 1).notes == ()  # it was there


def test_a_long_chain_of_superseded_documents_is_no_trouble() -> None:
    named = {f"{n:05}": (f"{n - 1:05}",) for n in range(20_000)}
    assert len(superseders(named)) == 19_999
    named["00000"] = ("19999",)
    assert superseders(named) == {}


days = st.dates(datetime.date(2024, 1, 1), datetime.date(2024, 1, 20)).map(str)
links = st.lists(st.sampled_from("abc"), max_size=2).map(tuple)
histories = st.dictionaries(
    st.sampled_from("abc"),
    st.lists(st.tuples(days, days, st.none() | days, links), min_size=1, max_size=4),
)


def made(history: dict[str, list[tuple[str, str, str | None, tuple[str, ...]]]]) -> list[Version]:
    return [
        version(id_, number, first, max(first, last), date=date, supersedes=named)
        for id_, of_one in sorted(history.items())
        for number, (first, last, date, named) in enumerate(of_one, start=1)
    ]


@given(histories, days)
def test_on_no_day_two_versions_of_a_document_are_in_force(
    history: dict[str, list[tuple[str, str, str | None, tuple[str, ...]]]], day: str
) -> None:
    versions = made(history)
    found = in_force(versions, day)
    ids = [v.document.id for v in found]
    assert ids == sorted(set(ids))
    assert all(earliest_day(versions) <= day for _ in found)  # type: ignore[operator]  # there is one


def reached(named: dict[str, tuple[str, ...]], start: str) -> set[str]:
    found: set[str] = set()
    left = [start]
    while left:
        targets = set(named[left.pop()]) & named.keys() - found
        found |= targets
        left += targets
    return found


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefg")).map(tuple)))
def test_a_document_is_superseded_unless_it_leads_back(named: dict[str, tuple[str, ...]]) -> None:
    expected = {
        (later, earlier)
        for later in named
        for earlier in named[later]
        if earlier in named and later != earlier and later not in reached(named, earlier)
    }
    found = superseders(named)
    assert {(later, earlier) for earlier in found for later in found[earlier]} == expected


@given(histories)
def test_a_version_is_in_force_on_its_first_day_or_never_before_it(
    history: dict[str, list[tuple[str, str, str | None, tuple[str, ...]]]],
) -> None:
    for id_, of_one in history.items():
        versions = made({id_: of_one})
        for first, one in zip(starts(versions), versions, strict=True):
            before = (datetime.date.fromisoformat(first) - datetime.timedelta(days=1)).isoformat()
            assert one not in in_force(versions, before)


# --- answers as of a day ---

WORDS = ("steel", "tax", "export", "car", "税率", "规定")
QUESTIONS = ("steel tax", "car exports", "税率", "the first day law")
bodies = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6), min_size=1, max_size=3)
edits = st.lists(
    st.tuples(st.sampled_from(("a", "b", "c")), st.none() | bodies), min_size=1, max_size=3
)


@settings(max_examples=25, deadline=None)
@given(st.lists(edits, min_size=2, max_size=4), st.data())
def test_an_answer_as_of_a_day_is_that_of_an_index_of_just_these_files(
    rounds: list[list[tuple[str, list[list[str]] | None]]], data: st.DataObject
) -> None:
    asked = data.draw(st.integers(0, len(rounds) - 1))
    with tempfile.TemporaryDirectory() as scratch:
        documents, fresh = Path(scratch, "documents"), Path(scratch, "fresh")
        documents.mkdir()
        (documents / "always.md").write_text("# Law\n\nThe steel law.\n\n- first\n- second\n")
        for day, some in enumerate(rounds):
            for name, body in some:
                path = documents / f"{name}.txt"
                if body is None:
                    path.unlink(missing_ok=True)
                else:
                    path.write_text("\n\n".join(map(" ".join, body)), encoding="utf-8")
            build(documents, day)
            if day == asked:
                index.rebuild([documents], fresh, MODEL)
        then = on_day(asked).date().isoformat()
        one = index.open_as_of(documents.parent / "index", MODEL, then).searcher
        other = index.open_searcher(fresh, MODEL).searcher
        assert one.documents() == other.documents()
        assert one.headings(9) == other.headings(9)
        assert one.frequent_words(9) == other.frequent_words(9)
        for question in QUESTIONS:
            assert one.form(question) == other.form(question)
            hits = one.search(one.form(question), 50)
            assert hits == other.search(other.form(question), 50)
            for hit in hits:
                id_ = hit.passage.id
                assert one.passages_of(id_, 1) == other.passages_of(id_, 1)


def test_before_the_first_day_nothing_is_in_force(documents: Path) -> None:
    build(documents, 0)
    opened = index.open_as_of(documents.parent / "index", MODEL, "2023-12-31")
    assert opened.earliest == "2024-01-01"
    assert opened.searcher.state.documents == 0
    assert opened.searcher.search(opened.searcher.form("the law"), 5) == []


def test_a_superseded_document_does_not_answer_as_of_a_later_day(documents: Path) -> None:
    (documents / "law.yaml").write_text("supersedes: plan\ndate: 2024-05-01\n")
    build(documents, 0)
    folder = documents.parent / "index"
    before, after = (
        index.open_as_of(folder, MODEL, day).searcher for day in ("2024-04-30", "2024-05-01")
    )
    assert [document.id for document, _ in before.documents()] == ["note", "plan"]
    assert [document.id for document, _ in after.documents()] == ["law", "note"]
    live = index.open_searcher(folder, MODEL).searcher
    assert live.superseded_by == {"plan": ("law",)}
