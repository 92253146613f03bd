"""Measure parsers of HTML on real pages, on what they keep of the evidence, and on odd pages.

Run: python tests/measure_html.py PAGES [EVIDENCE]. PAGES is a folder of .html files, EVIDENCE a
file of JSON lines with "doc" (a page's name) and "evidence" (sentences of it). Parsers that are
not installed are left out; to compare all:
pip install selectolax html5lib trafilatura lxml_html_clean
"""

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from index.errors import DocumentRefused
from index.readers import html

Parse = Callable[[bytes], list[str]]  # a page to its blocks

_BLOCKS = "p, li, tr, h1, h2, h3, h4, pre, dt, dd"


def reader(page: bytes) -> list[str]:
    """Parse as the program does."""
    body = html.read(page)
    blocks = [(*paragraph.heading, paragraph.text) for paragraph in body.paragraphs]
    return [body.title or "", *(text for block in blocks for text in block)]


def lxml(page: bytes) -> list[str]:
    etree: Any = importlib.import_module("lxml.etree")
    root = etree.fromstring(page, etree.HTMLParser(encoding="utf-8", huge_tree=True))
    return ["".join(e.itertext()) for e in root.iter(*_BLOCKS.split(", "))]


def selectolax(page: bytes) -> list[str]:
    parser: Any = importlib.import_module("selectolax.lexbor")
    return [e.text(deep=True) for e in parser.LexborHTMLParser(page).css(_BLOCKS)]


def html5lib(page: bytes) -> list[str]:
    parser: Any = importlib.import_module("html5lib")
    root = parser.parse(page, namespaceHTMLElements=False, transport_encoding="utf-8")
    wanted = set(_BLOCKS.split(", "))
    return ["".join(e.itertext()) for e in root.iter() if e.tag in wanted]


def trafilatura(page: bytes) -> list[str]:
    library: Any = importlib.import_module("trafilatura")
    return (library.extract(page, favor_recall=True) or "").split("\n")


PARSERS: dict[str, Parse] = {
    function.__name__: function for function in (reader, lxml, selectolax, html5lib, trafilatura)
}


def plain(text: str) -> str:
    return " ".join(text.replace("|", " ").split())


def measure(parse: Parse, pages: dict[str, bytes], evidence: list[tuple[str, str]]) -> str:
    """Return speed, memory and the evidence that stands whole in a block."""
    started = time.perf_counter()
    blocks = {name: [plain(block) for block in parse(page)] for name, page in pages.items()}
    seconds = time.perf_counter() - started
    size = sum(map(len, pages.values())) / 1e6
    status = Path("/proc/self/status").read_text()  # what getrusage tells includes the parent's
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    whole = sum(any(plain(text) in block for block in blocks[name]) for name, text in evidence)
    share = f"{whole / len(evidence):.1%}" if evidence else "-"
    return f"{size / seconds:.1f} MB/s, peak {peak:.0f} MiB, evidence {share}"


def odd_pages() -> Iterator[tuple[str, bytes]]:
    yield "10,000 nested elements", b"<div>" * 10_000 + b"<p>deep"
    yield "an attribute of 1 MB", b"<p title='" + b"x" * 1_000_000 + b"'>deep"
    yield "a text of 20 MB", b"<p>" + b"word " * 4_000_000 + b"deep"
    yield "cut within a tag", b"<p>one<p>deep<p cla"
    yield "rows without a table", b"<p>a</p><tr>deep</tr><tr>c</tr>"


def try_odd_pages(parse: Parse) -> None:
    for name, page in odd_pages():
        started = time.perf_counter()
        try:
            outcome = "read" if any("deep" in block for block in parse(page)) else "text lost"
        except DocumentRefused as exc:
            outcome = f"refused: {exc}"
        except Exception as exc:  # noqa: BLE001 (any failure of a parser is a finding)
            outcome = type(exc).__name__
        print(f"  {name}: {outcome}, {time.perf_counter() - started:.2f} s", flush=True)


def main(arguments: list[str]) -> None:
    parser, folder, *rest = arguments
    pages = {path.name: path.read_bytes() for path in sorted(Path(folder).glob("*.html"))}
    records = [json.loads(line) for path in rest for line in Path(path).read_text().splitlines()]
    evidence = [(record["doc"], text) for record in records for text in record["evidence"]]
    parse = PARSERS[parser]
    try:
        parse(b"<p>warm")
    except ModuleNotFoundError:
        print(f"{parser}: not installed")
        return
    print(f"{parser}: {measure(parse, pages, evidence)}", flush=True)
    try_odd_pages(parse)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in PARSERS:
        main(sys.argv[1:])
    else:  # each in a process of its own, for its memory
        for name in PARSERS:
            subprocess.run([sys.executable, __file__, name, *sys.argv[1:]], check=False)
