"""What several test files share: the given document, an index of it, and the program itself."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import index

REPOSITORY = Path(__file__).parent.parent
GIVEN = REPOSITORY / "data" / "documents" / "2023-09-06-ten-key-industries.txt"
GIVEN_ID = "2023-09-06-ten-key-industries"

Run = Callable[..., subprocess.CompletedProcess[str]]


def build_and_open(
    documents: Path, folder: Path, model: index.Bm25 | None = None
) -> index.Searcher:
    """Bring an index in line with a documents folder and return its searcher."""
    model = model or index.Bm25()
    index.rebuild([documents], folder, model)
    return index.open_searcher(folder, model).searcher


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a new user: an empty home, and nothing that colours output."""
    dropped = (
        "NO_COLOR",
        "FORCE_COLOR",
        "PAGER",
        "LESS",
        "COLUMNS",
        "LINES",
        "TERM",
        "PYTHONUNBUFFERED",
    )
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | {"HOME": str(home), "TERM": "xterm-256color", "PYTHONWARNINGS": "error"}


@pytest.fixture(scope="session")
def given_searcher(tmp_path_factory: pytest.TempPathFactory) -> index.Searcher:
    return build_and_open(GIVEN.parent, tmp_path_factory.mktemp("given") / "index")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder as a user has it: the given document in data/documents, nothing else."""
    folder = tmp_path / "project"
    (folder / "data" / "documents").mkdir(parents=True)
    shutil.copy(GIVEN, folder / "data" / "documents")
    return folder


@pytest.fixture
def policybot(project: Path, tmp_path: Path) -> Run:
    """Run the program in the project's folder, as a process of its own."""
    home = tmp_path / "home"
    home.mkdir()

    def run(
        *arguments: str, stdin: str = "", cwd: Path = project
    ) -> subprocess.CompletedProcess[str]:
        command: Sequence[str] = [sys.executable, "-m", "bot", *arguments]
        return subprocess.run(
            command,
            cwd=cwd,
            env=environment(home),
            input=stdin,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    return run
