"""The encoding of a delivered CSV, and a UTF-8 copy of it that DuckDB can read."""

import codecs
import io
import shutil
from pathlib import Path

from klant360.ingest.delivery import Part

# Bytes that are not valid in the file's encoding are read as this, and written as a byte that is never valid
# UTF-8: the line is then malformed in the copy too.
BROKEN = "\udcff"
codecs.register_error("klant360_broken", lambda error: (BROKEN, error.end))  # type: ignore[attr-defined]

_MARKS = {"utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
_LOOKED_AT = 256


def is_utf_16(head: bytes) -> bool:
    """Return whether a text that begins with these bytes is UTF-16."""
    return _codec_of(head) != "utf-8"


def find_encoding(part: Part) -> str:
    """Return the encoding of a CSV: utf-8, utf-16 or windows-1252.

    It is windows-1252 when more than half of the lines with a byte above 127 are not UTF-8. Unless it is
    UTF-16, the whole file is read.
    """
    if is_utf_16(part.head()):
        return "utf-16"
    beyond_ascii = broken = 0
    for line in part.lines():
        if not line.isascii():
            beyond_ascii += 1
            try:
                line.decode()
            except UnicodeDecodeError:
                broken += 1
    return "windows-1252" if broken * 2 > beyond_ascii else "utf-8"


def decoded(head: bytes, encoding: str) -> str:
    """Return the first bytes of a file as text without a byte order mark; invalid bytes become BROKEN."""
    codec, mark = _codec_and_mark(head, encoding)
    return head[len(mark) :].decode(codec, "klant360_broken")


def utf_8_copy(part: Part, encoding: str, skipped_lines: int, path: Path) -> Part:
    """Write a CSV as UTF-8 to a path, without its first lines; returns the copy as a part."""
    codec, mark = _codec_and_mark(part.head(), encoding)
    with (
        part.open() as source,
        path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as target,
    ):
        source.read(len(mark))
        text = io.TextIOWrapper(source, codec, "klant360_broken", newline="")
        for _ in range(skipped_lines):
            text.readline()
        shutil.copyfileobj(text, target)
    return Part(path, part.name, "csv")


def _codec_and_mark(head: bytes, encoding: str) -> tuple[str, bytes]:
    """Return Python's codec for an encoding, with its byte order, and the mark that the file begins with."""
    codec = _codec_of(head) if encoding == "utf-16" else encoding
    mark = _MARKS.get(codec, codecs.BOM_UTF8)
    return codec, mark if head.startswith(mark) else b""


def _codec_of(head: bytes) -> str:
    """Return utf-16-le or utf-16-be if the first bytes show it, by their mark or their zeros; else utf-8."""
    for codec in ("utf-16-le", "utf-16-be"):
        if head.startswith(_MARKS[codec]):
            return codec
    # most letters in a header are ASCII: one of their two bytes is zero
    even, odd = head[:_LOOKED_AT:2].count(0), head[1:_LOOKED_AT:2].count(0)
    if max(even, odd) * 4 <= len(head[:_LOOKED_AT]) or even == odd:
        return "utf-8"
    return "utf-16-le" if odd > even else "utf-16-be"
