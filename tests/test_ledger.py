"""What is kept of people: terms, a keyed hash, a day; and nothing longer than promised."""

import datetime
import logging
import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import LedgerFailed
from bot.ledger import Ledger, look_at

ADA, BOB = 111222333444555666, 999888777666555444
ANSWER = 123456789012345678


def rate(ledger: Ledger, verdict: str, person: int = ADA, passage: str = "a#1") -> bool:
    return ledger.rate(
        answer=ANSWER,
        passage=passage,
        digest="abcdef",
        generation=3,
        person=person,
        verdict="helpful" if verdict == "helpful" else "not_helpful",
    )


def rows(file: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 (a constant)


def test_a_person_rates_a_passage_once_and_may_change_it(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    with closing(Ledger(file, 90)) as ledger:
        assert rate(ledger, "helpful")
        assert not rate(ledger, "helpful")
        assert rate(ledger, "not_helpful")
        assert rate(ledger, "helpful", person=BOB)
        assert rate(ledger, "helpful", passage="a#2")
    verdicts = sorted((row[1], row[3]) for row in rows(file, "feedback"))
    assert verdicts == [("a#1", "helpful"), ("a#1", "not_helpful"), ("a#2", "helpful")]


def test_neither_a_person_nor_a_message_can_be_read_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    with closing(Ledger(file, 90)) as ledger:
        rate(ledger, "helpful")
        ledger.note_unanswered(["weather", "beijing"], outcome="not_found", person=ADA)
    content = file.read_bytes()
    for secret in (ADA, ANSWER):
        assert str(secret).encode() not in content
        assert secret.to_bytes(8, "big") not in content
    assert file.stat().st_mode & 0o077 == 0


def test_two_ledgers_hash_the_same_person_differently(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with closing(Ledger(tmp_path / name, 90)) as ledger:
            rate(ledger, "helpful")
    people = {rows(tmp_path / name, "feedback")[0][2] for name in ("one", "two")}
    assert len(people) == 2


def test_terms_are_kept_in_alphabetical_order_and_counted_by_people(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path / "l", 90)) as ledger:
        for person in (ADA, BOB, ADA):
            ledger.note_unanswered(["weather", "beijing"], outcome="not_found", person=person)
        ledger.note_unanswered(["steel"], outcome="uncertain", person=ADA)
        ledger.note_unanswered([], outcome="not_found", person=ADA)
        listed = ledger.unanswered(10)
        assert [(entry.terms, entry.people) for entry in listed] == [
            (("beijing", "weather"), 2),
            (("steel",), 1),
        ]
        assert ledger.unanswered(1) == listed[:1]


def test_a_person_can_have_everything_of_theirs_deleted(tmp_path: Path) -> None:
    file = tmp_path / "l"
    with closing(Ledger(file, 90)) as ledger:
        for person in (ADA, BOB):
            rate(ledger, "helpful", person=person)
            ledger.note_unanswered([f"word{person}"], outcome="not_found", person=person)
        assert ledger.held_of(ADA) == 2
        assert ledger.forget(ADA) == 2
        assert (ledger.held_of(ADA), ledger.held_of(BOB)) == (0, 2)
        assert ledger.forget(ADA) == 0
    assert f"word{ADA}".encode() not in file.read_bytes()  # overwritten, not only unlinked


def test_what_is_older_than_the_retention_is_deleted(tmp_path: Path) -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    with closing(Ledger(tmp_path / "l", 90)) as ledger:
        rate(ledger, "helpful")
        ledger.note_unanswered(["steel"], outcome="not_found", person=BOB)
        ledger.keep("paused", "yes")
        assert ledger.clear_old(today + datetime.timedelta(days=90)) == 0
        assert ledger.clear_old(today + datetime.timedelta(days=91)) == 2
        assert ledger.recall("paused") == "yes"


def test_what_is_kept_is_there_after_a_restart(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path / "l", 90)) as ledger:
        assert ledger.recall("paused") is None
        ledger.keep("paused", "yes")
        rate(ledger, "helpful")
    with closing(Ledger(tmp_path / "l", 90)) as ledger:
        assert ledger.recall("paused") == "yes"
        assert ledger.held_of(ADA) == 1


@pytest.mark.parametrize("damage", [b"no database at all, but long enough to be read" * 50, None])
def test_a_damaged_ledger_is_set_aside_and_a_new_one_begun(
    tmp_path: Path, damage: bytes | None
) -> None:
    file = tmp_path / "ledger.sqlite"
    with closing(Ledger(file, 90)) as ledger:
        for number in range(2000):
            ledger.note_unanswered([f"word{number}"], outcome="not_found", person=number)
    content = damage or file.read_bytes()[:9000]
    file.write_bytes(content)
    with closing(Ledger(file, 90)) as ledger:
        assert rate(ledger, "helpful")
        assert ledger.unanswered(5) == []
    (aside,) = tmp_path.glob("ledger.sqlite.damaged-*")
    assert aside.read_bytes() == content


def test_a_ledger_that_cannot_be_made_says_where_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerFailed, match=r"file/ledger cannot be opened: .*Make room or mend"):
        Ledger(tmp_path / "file" / "ledger", 90)


def test_any_thread_may_write(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path / "l", 90)) as ledger:
        threads = [
            threading.Thread(target=rate, args=(ledger, "helpful", person, f"a#{number}"))
            for person in (ADA, BOB)
            for number in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (ledger.held_of(ADA), ledger.held_of(BOB)) == (20, 20)


def test_a_ledger_that_was_set_aside_is_deleted_after_the_retention(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    old, young = (tmp_path / f"ledger.sqlite.damaged-{name}" for name in ("old", "young"))
    for aside, days in ((old, 91), (young, 89)):
        aside.write_bytes(b"x")
        then = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
        os.utime(aside, (then.timestamp(), then.timestamp()))
    with closing(Ledger(file, 90)) as ledger:
        ledger.clear_old()
    assert not old.exists()
    assert young.exists()


def test_the_log_says_what_is_lost_with_a_damaged_ledger(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "ledger.sqlite"
    file.write_bytes(b"no database at all, but long enough to be read" * 50)
    with caplog.at_level(logging.ERROR), closing(Ledger(file, 90)):
        assert "Feedback is lost with it, and the pause if there was one" in caplog.text


def test_a_ledger_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    with closing(Ledger(file, 90)) as ledger:
        rate(ledger, "helpful")
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        connection.execute("PRAGMA user_version = 2")
    content = file.read_bytes()
    with pytest.raises(LedgerFailed, match=r"newer version of policybot \(its schema is 2"):
        Ledger(file, 90)
    assert file.read_bytes() == content
    assert list(tmp_path.iterdir()) == [file]
    assert look_at(file).verdict == "unusable"


def test_looking_at_a_ledger_tells_its_state_and_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    assert look_at(file).verdict == "missing"
    assert not file.exists()
    with closing(Ledger(file, 90)) as ledger:
        assert (look_at(file).verdict, look_at(file).is_paused) == ("sound", False)
        ledger.keep("paused", "yes")
        assert look_at(file).is_paused
        ledger.keep("paused", "no")
        assert not look_at(file).is_paused
    content = file.read_bytes()
    assert look_at(file).verdict == "sound"
    assert file.read_bytes() == content
    file.write_bytes(content[:9000] + b"x")
    assert look_at(file).verdict == "damaged"
    assert list(tmp_path.iterdir()) == [file]
    file.unlink()
    file.mkdir()
    assert look_at(file).verdict == "unusable"
