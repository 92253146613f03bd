"""The lock that one process holds."""

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from index import AlreadyLocked, locked

HOLD = (
    "import sys, time\nfrom pathlib import Path\nfrom index import locked\n"
    "with locked(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
)


def test_a_lock_that_another_process_holds_names_it_and_goes_with_it(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    with holder, holder.stdout:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(AlreadyLocked) as refused, locked(file):
            pass
        assert refused.value.holder == f" (process {holder.pid})"
        holder.kill()
    with locked(file):
        assert file.read_text() == f"{os.getpid()}\n"


def test_the_same_process_can_take_a_lock_again(tmp_path: Path) -> None:
    for _ in range(3):
        with locked(tmp_path / "lock"):
            pass


def test_a_file_system_without_locks_is_not_taken_for_a_held_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OSError, match=os.strerror(errno.ENOLCK)), locked(tmp_path / "lock"):
        pass


def test_a_link_is_not_followed_to_another_file(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("text")
    (tmp_path / "lock").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError), locked(tmp_path / "lock"):  # noqa: PT011 (which one, depends)
        pass
    assert (tmp_path / "precious").read_text() == "text"
