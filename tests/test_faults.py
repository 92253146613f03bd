"""The scripts that prove what holds for the index, in short; each names its own long form."""

import subprocess
import sys
from pathlib import Path

import pytest

SKIPPED = 77
TESTS = Path(__file__).parent


def run(*command: str) -> str:
    """Run a script and return its figures; skips where the machine does not allow it."""
    done = subprocess.run(
        [sys.executable, TESTS / command[0], *command[1:]],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == SKIPPED:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_no_failing_lying_or_last_system_call_mixes_or_loses_an_index() -> None:
    assert "300 runs" in run("fault_sweep.py", "--runs", "300")


def test_what_was_reported_survives_a_power_cut_and_only_as_it_was_flushed() -> None:
    assert "with flushes: 8 cuts" in run("power_cuts.py", "--cuts", "8", "--control", "3")


def test_no_damage_is_used_and_every_flipped_bit_is_found() -> None:
    assert "400 damages" in run("random_damage.py", "--damages", "400", "--bits", "3000")


def test_builders_and_readers_do_not_disturb_each_other() -> None:
    assert ", 0 wrong" in run("soak.py", "--seconds", "10")
