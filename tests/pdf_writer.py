"""Small PDF files for the tests: text at places on pages, as a typesetter would put it there."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 595, 842


@dataclass(frozen=True)
class Put:
    """A text at a place; `down` counts from the top edge of the page."""

    text: str
    across: float = 72
    down: float = 100
    size: float = 10
    is_bold: bool = False
    is_chinese: bool = False
    is_turned: bool = False  # runs upwards

    def operators(self) -> str:
        font = "F3" if self.is_chinese else "F2" if self.is_bold else "F1"
        if self.is_chinese:
            shown = f"<{self.text.encode('utf-16-be').hex()}>"
        else:
            escaped = self.text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
            shown = f"({escaped})"
        matrix = "0 1 -1 0" if self.is_turned else "1 0 0 1"
        place = f"{matrix} {self.across} {HEIGHT - self.down} Tm"
        return f"BT /{font} {self.size} Tf {place} {shown} Tj ET\n"


def lines(
    text: str, across: float = 72, down: float = 100, size: float = 10, step: float = 12
) -> list[Put]:
    """Return a block of text, line by line."""
    return [
        Put(line, across, down + number * step, size)
        for number, line in enumerate(text.split("\n"))
        if line
    ]


_FONTS = (
    "<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    " /F2 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>"
    " /F3 << /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H"
    " /DescendantFonts [<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light"
    " /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 >>] >> >>"
)
_PICTURE = (
    "q 200 0 0 200 100 400 cm BI /W 2 /H 2 /CS /G /BPC 8 /F /AHx ID 00FF00FF> EI Q\n"  # 2 x 2 grey
)


def pdf(
    *pages: Sequence[Put],
    title: str = "",
    language: str = "",
    has_pictures: bool = False,
    has_resources: bool = True,
    bookmarks: Sequence[str] = (),
) -> bytes:
    """Return a file with these pages."""
    objects: list[bytes] = []

    def add(content: str, stream: bytes | None = None) -> int:
        body = content.encode("latin-1")
        if stream is not None:
            body = b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream"
        objects.append(body)
        return len(objects)

    first_page = 4 + len(bookmarks) + (1 if bookmarks else 0)
    kids = " ".join(f"{first_page + 2 * number} 0 R" for number in range(len(pages)))
    outlines = "/Outlines 4 0 R" if bookmarks else ""
    said = f"/Lang ({language})" if language else ""
    add(f"<< /Type /Catalog /Pages 2 0 R {outlines} {said} >>")
    add(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>")
    add(f"<< /Title ({title}) >>")
    if bookmarks:
        last = 4 + len(bookmarks)
        add(f"<< /Type /Outlines /First 5 0 R /Last {last} 0 R /Count {len(bookmarks)} >>")
        for number, bookmark in enumerate(bookmarks, start=5):
            following = f"/Next {number + 1} 0 R" if number < last else ""
            previous = f"/Prev {number - 1} 0 R" if number > 5 else ""
            add(f"<< /Title ({bookmark}) /Parent 4 0 R {following} {previous} >>")
    for page in pages:
        resources = f"/Resources << /Font {_FONTS} >>" if has_resources else ""
        place = len(objects) + 2
        add(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] {resources}"
            f" /Contents {place} 0 R >>"
        )
        drawn = "".join(put.operators() for put in page) + (_PICTURE if has_pictures else "")
        add("", drawn.encode("cp1252"))
    written = b"%PDF-1.7\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(written))
        written += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    written += b"trailer << /Size %d /Root 1 0 R /Info 3 0 R >>\n" % (len(objects) + 1)
    return written + b"startxref\n%d\n%%%%EOF\n" % start
