"""Texts of one sign over and over: nothing here may take more than its time for them."""

import time
from collections.abc import Callable

import pytest

from index.readers.layout import _LEADER
from index.wording import signs

MANY = 100_000
RUNS = [";", " ;", ",", "111,", "1,", ".", ". ", "1.", "…", " ", "\n", "(a)", "第", "'", "-1"]
READ: dict[str, Callable[[str], object]] = {
    "wording": signs,
    "leader of a table of contents": _LEADER.search,
}


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("run", RUNS)
def test_a_run_of_signs_takes_no_time(name: str, run: str) -> None:
    text = f"a1{run * (MANY // len(run))}x y"
    started = time.perf_counter()
    READ[name](text)
    assert time.perf_counter() - started < 0.5
