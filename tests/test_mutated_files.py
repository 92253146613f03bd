"""Damaged files, a few hundred of them; many more are read by `mutated_files.py`."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

from conftest import environment
from mutated_files import small_files, tasks_of

from index import readers


def test_every_damaged_file_is_read_or_refused_for_what_is_wrong_with_it(tmp_path: Path) -> None:
    # A process of its own, for it asserts how much memory it took at most.
    script = Path(__file__).with_name("mutated_files.py")
    done = subprocess.run(
        [sys.executable, script, "--files", "600"],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (documents,) = [line for line in done.stdout.splitlines() if "read as documents" in line]
    assert 120 < int(documents.split()[0]) < 480  # else the damages are too many or too few


def test_files_of_every_format_are_damaged() -> None:
    suffixes = Counter(task.source.suffix for task in tasks_of(small_files(), 600, seed=1))
    assert set(suffixes) == readers.SUFFIXES - {".htm"}  # the same reader as .html
    assert set(suffixes.values()) == {120}
