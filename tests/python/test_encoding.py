import gzip

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from klant360.ingest.delivery import Part
from klant360.ingest.encoding import decoded, find_encoding, is_utf_16, utf_8_copy

HEADER = "order_id,ordered_at\n"
UTF_8, WINDOWS = "1,zoë\n".encode(), "2,zoë\n".encode("cp1252")


def part(folder, content, form="csv"):
    path = folder / f"part.{form}"
    path.write_bytes(gzip.compress(content) if form == "csv.gz" else content)
    return Part(path, path.name, form)


def copied(folder, delivered, encoding, skipped=0):
    copy = utf_8_copy(delivered, encoding, skipped, folder / "copy.csv")
    assert (copy.name, copy.format) == (delivered.name, "csv")
    return copy.path.read_bytes()


@pytest.mark.parametrize("form", ["csv", "csv.gz"])
@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"", "utf-8"),
        (HEADER.encode(), "utf-8"),
        (HEADER.encode() + UTF_8, "utf-8"),
        (HEADER.encode() + WINDOWS, "windows-1252"),
        (HEADER.encode() + WINDOWS + UTF_8, "utf-8"),  # half is not more than half
        (HEADER.encode() + WINDOWS * 2 + UTF_8, "windows-1252"),
        (HEADER.encode() + WINDOWS * 9 + UTF_8 * 10, "utf-8"),
        (WINDOWS.replace(b"\n", b"\r") * 2 + UTF_8, "windows-1252"),
        (b"a,b\n1,\x81\n", "windows-1252"),
        (b"a,b\n1,\xff\xfe\n", "windows-1252"),
        (HEADER.encode("utf-16"), "utf-16"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff" + HEADER.encode("utf-16-be"), "utf-16"),
        (HEADER.encode("utf-16-le"), "utf-16"),
        (HEADER.encode("utf-16-be"), "utf-16"),
        ("prénom;é\n".encode("utf-16-be"), "utf-16"),
        (b"a,\0\n", "utf-8"),
        (b"\0" * 100, "utf-8"),
        ("naïve,".encode() * 400_000 + b"\n" + WINDOWS, "utf-8"),
    ],
)
def test_the_encoding_is_found(tmp_path, form, content, encoding):
    assert find_encoding(part(tmp_path, content, form)) == encoding


TEXT = st.text(st.characters(codec="cp1252", exclude_characters="\r\n\x81\x8d\x8f\x90\x9d"), max_size=6)
LINES = st.lists(st.tuples(TEXT, st.booleans()), max_size=30)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["csv", "csv.gz"]))
def test_more_than_half_of_the_lines_decide(tmp_path, lines, line_end, form):
    raw = [text.encode("utf-8" if good else "cp1252") + line_end.encode() for text, good in lines]
    beyond = [line for line in raw if max(line) > 127]
    broken = [line for line in beyond if line.decode(errors="replace").encode() != line]
    delivered = part(tmp_path, HEADER.encode() + b"".join(raw), form)
    assert find_encoding(delivered) == ("windows-1252" if len(broken) > len(beyond) / 2 else "utf-8")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.sampled_from(["utf-16-le", "utf-16-be"]),
    st.booleans(),
    st.sampled_from(["csv", "csv.gz"]),
)
def test_a_copy_of_utf_16_has_the_same_text(tmp_path, text, codec, has_mark, form):
    content = (("\ufeff" if has_mark else "") + HEADER + text).encode(codec)
    delivered = part(tmp_path, content, form)
    assert find_encoding(delivered) == "utf-16"
    assert copied(tmp_path, delivered, "utf-16").decode() == HEADER + text
    assert copied(tmp_path, delivered, "utf-16", skipped=1).decode() == text
    assert decoded(content, "utf-16") == HEADER + text


@given(st.binary(max_size=300))
def test_any_bytes_have_a_beginning(content):
    encodings = ["utf-16"] if is_utf_16(content) else ["utf-8", "windows-1252"]
    assert all(isinstance(decoded(content, encoding), str) for encoding in encodings)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_copy_keeps_its_lines(tmp_path, end, mark):
    content = mark + end.join([b"sep=;", b"a;b", b"\x80;\xe9", b'"\x85;";\x81', b""])
    broken = "…;".encode()
    assert copied(tmp_path, part(tmp_path, content), "windows-1252", 1) == end.join(
        [b"a;b", "€;é".encode(), b'"' + broken + b'";\xff', b""]
    )


def test_invalid_utf_16_is_malformed_in_the_copy(tmp_path):
    content = "a,b\n1,".encode("utf-16") + b"\x00\xd8" + "\n2,x\n3".encode("utf-16-le") + b"\x00"
    assert copied(tmp_path, part(tmp_path, content), "utf-16") == b"a,b\n1,\xff\n2,x\n3\xff"


def test_invalid_utf_8_is_malformed_in_the_copy_without_its_first_line(tmp_path):
    assert copied(tmp_path, part(tmp_path, b"sep=,\na,b\n1,\xe9\n"), "utf-8", 1) == b"a,b\n1,\xff\n"
