"""Measure the parsers of PDF and Word files that were to choose from, and print a table.

Each parser reads each file in a process of its own, so that its memory, its crashes and its hangs
are its own. Run `python tests/measure_parsers.py FOLDER`; the extra `measure` brings the parsers
that were not chosen, and those that are absent are passed over.
"""

import argparse
import importlib.util
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

LONGEST_SECONDS = 60


def by_pypdfium2(path: Path) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def by_pypdf(path: Path) -> str:
    import pypdf

    return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


def by_pdfplumber(path: Path) -> str:
    import pdfplumber

    with pdfplumber.open(path) as document:
        return "\n".join(page.extract_text() or "" for page in document.pages)


def by_python_docx(path: Path) -> str:
    import docx

    document = docx.Document(str(path))
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def by_policybot(path: Path) -> str:
    if path.suffix == ".pdf":
        from index.readers import pdf as reader
    else:
        from index.readers import docx as reader  # type: ignore[no-redef]  # the same function
    body = reader.read(path.read_bytes())
    return "\n".join(paragraph.text for paragraph in body.paragraphs)


PARSERS: dict[str, dict[str, Callable[[Path], str]]] = {
    ".pdf": {
        "pypdfium2": by_pypdfium2,
        "pypdf": by_pypdf,
        "pdfplumber": by_pdfplumber,
        "policybot": by_policybot,
    },
    ".docx": {"docx": by_python_docx, "policybot": by_policybot},
}


def measure_one(parser: str, path: Path) -> None:
    """Read a file and print what came of it; run in a process of its own."""
    read = PARSERS[path.suffix][parser]
    started = time.process_time()
    try:
        text, problem = read(path), ""
    except Exception as exc:  # noqa: BLE001 (whatever a parser raises is what is measured)
        text, problem = "", f"{type(exc).__name__}: {exc}"
    print(
        json.dumps(
            {
                "characters": len("".join(text.split())),
                "problem": " ".join(problem.split())[:60],
                "seconds": time.process_time() - started,
                "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
            }
        )
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--only", nargs=2, metavar=("PARSER", "FILE"), help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.only:
        measure_one(given.only[0], Path(given.only[1]))
        return
    for path in sorted(p for p in given.folder.rglob("*") if p.suffix in PARSERS):
        print(path.relative_to(given.folder))
        for parser in PARSERS[path.suffix]:
            module = "index" if parser == "policybot" else parser
            if importlib.util.find_spec(module) is None:
                print(f"  {parser:<10} not installed")
                continue
            command = [sys.executable, __file__, str(given.folder), "--only", parser, str(path)]
            try:
                run = subprocess.run(
                    command, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
                )
            except subprocess.TimeoutExpired:
                print(f"  {parser:<10} hangs")
                continue
            if run.returncode:
                print(f"  {parser:<10} crashes with {run.returncode}")
                continue
            found = json.loads(run.stdout.splitlines()[-1])
            print(
                f"  {parser:<10} {found['characters']:>7} characters {found['seconds']:6.2f} s "
                f"{found['mib']:>4} MiB  {found['problem']}"
            )


if __name__ == "__main__":
    main()
