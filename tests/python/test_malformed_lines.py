"""A malformed line is listed by its line number in the file, and affects no other line."""

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deliveries import load, products, put, rows


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_a_line_with_extra_empty_fields_is_malformed(connection, sources, line_end):
    lines = [
        b"product_id,product_name,category",
        b"P1,,",
        b"P2,a,b,",
        b'P3,"x, y",',
        b'P4,"x, y",z,,',
        b'P5,"two',
        b'lines,,,",z',
        b"P6,,,,,",
    ]
    put(sources, "webshop/products.csv", line_end.join(lines) + line_end)
    inner = line_end.decode()
    assert products(connection, sources) == [
        ("P1", None, None),
        ("P3", "x, y", None),
        ("P5", f"two{inner}lines,,,", "z"),
    ]
    assert rows(connection, "staging.malformed_rows", "line_number") == [(3,), (5,), (8,)]


def test_malformed_lines_are_listed_by_line_number(connection, sources):
    lines = [b"product_id,product_name,category", b'P1,"two', b'lines",x', b"", b"P2,b", b'P3,"c"d,x']
    lines += [b"P4,\xff,x", b"P5,\xc3\xa9,x,x", b'P6,"5" inch",x', b'P7,"two', b'more"x,y', b"P8,h,x", b""]
    for line_end in (b"\n", b"\r\n"):
        put(sources, "webshop/products.csv", line_end.join(lines))
        load(connection, sources)
        assert rows(connection, "webshop.products", "product_id") == [("P1",), ("P8",)]
        malformed = rows(connection, "staging.malformed_rows")
        assert malformed == sorted(
            (("webshop.products", "webshop/products.csv", n) for n in (5, 6, 7, 8, 9, 10)), key=repr
        )


GOOD = st.sampled_from([b"1,2,3", b",,", b'1,"a\nb ""c"", d\n",3', b'"","",""', b"1, x ,3"])
BAD = st.sampled_from([b"1,2", b'1,"x"y,3', b"1,\xff,3", b"1,2,3,4", b'1,"5" inch",3', b'1,"m\nn"x,3'])
BLANK = st.sampled_from([b"", b"  "])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(GOOD, BAD, BLANK), max_size=40), st.booleans())
def test_every_line_is_a_row_or_malformed_or_blank(sources, lines, is_packed):
    for old in sources.glob("webshop/products*"):
        old.unlink()
    # as many UTF-8 lines as others: with more others, the file would be windows-1252
    lines = lines + ["1,é,3".encode()] * lines.count(b"1,\xff,3")
    content = b"product_id,product_name,category\n" + b"".join(line + b"\n" for line in lines)
    put(sources, "webshop/products.csv.gz" if is_packed else "webshop/products.csv", content)
    starts, at = [], 2
    for line in lines:
        starts.append((line, at))
        at += 1 + line.count(b"\n")
    bad = {b"1,2", b'1,"x"y,3', b"1,\xff,3", b"1,2,3,4", b'1,"5" inch",3', b'1,"m\nn"x,3'}
    with duckdb.connect() as connection:
        load(connection, sources)
        assert connection.execute("select count(*) from webshop.products").fetchone()[0] == sum(
            line.strip() != b"" and line not in bad for line in lines
        )
        malformed = connection.execute("select line_number from staging.malformed_rows order by 1").fetchall()
    assert [number for (number,) in malformed] == [at for line, at in starts if line in bad]


@pytest.mark.parametrize("filler", [b"x,y,z\n", b'x,""y"",z\n'])
def test_rows_inside_a_quoted_field_stay_inside_it(connection, sources, filler):
    # Long enough that a parallel reader starts inside such a field, and reads its lines as rows.
    record = b'1,"' + filler * (50_000 // len(filler)) + b'",3\n' + b'2,"hello, world",3\n' * 100
    put(sources, "webshop/products.csv", b"product_id,product_name,category\n" + record * 900)
    load(connection, sources)
    assert connection.execute("select count(*) from webshop.products").fetchone() == (900 * 101,)
    assert rows(connection, "staging.malformed_rows") == []
