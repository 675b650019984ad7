"""Spreadsheets as tables: their cells as text, as they are shown."""

from datetime import date, datetime, time

import openpyxl
import pytest

from deliveries import load, problems, put, rows
from klant360.ingest.spreadsheet import cell_text

HEADER = ["order_id", "ordered_at", "total_amount", "email"]


def workbook(path, *sheets):
    """Write sheets, each a name and its rows; a cell is a value, or a value and its number format."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets:
        sheet = book.create_sheet(name)
        for at, line in enumerate(lines, start=1):
            for column, cell in enumerate(line, start=1):
                value, number_format = cell if isinstance(cell, tuple) else (cell, None)
                target = sheet.cell(at, column, value)
                if number_format:
                    target.number_format = number_format
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (None, "General", ""),
        ("'0612", "@", "'0612"),
        (True, "General", "true"),
        (1001, "General", "1001"),
        (1001.0, "General", "1001"),
        (49.95, "General", "49.95"),
        (0.1 + 0.2, "General", "0.3"),
        (1e-7, "General", "0.0000001"),
        (5123456789012, "General", "5123456789012"),
        (49.9, "0.00", "49.90"),
        (49.949999, "#,##0.00", "49.95"),
        (-1234.5, '#,##0.00 "€";[Red]-#,##0.00 "€"', "-1234.50"),
        (123, "00000", "00123"),
        (0.15, "0%", "0.15"),
        (2.345, "0.00", "2.35"),  # half away from zero, as spreadsheets show it
        (12.5, "0", "12.5"),  # a format without decimals hides cents, but they are there
        (49.95, "#,##0", "49.95"),
        (1234567890123456789, "General", "1.23457E+18"),  # rounded, so damaged as in a CSV
        (datetime(2024, 12, 31), "dd-mm-yyyy", "2024-12-31"),
        (datetime(2024, 12, 31), "dd-mm-yyyy hh:mm", "2024-12-31 00:00:00"),
        (datetime(2024, 12, 31, 14, 4, 59, 999_999), "dd-mm-yyyy", "2024-12-31 14:05:00"),
        (date(2024, 12, 31), "General", "2024-12-31"),
        (time(14, 5), "hh:mm", "14:05:00"),
    ],
)
def test_a_cell_is_the_text_that_it_shows(value, number_format, text):
    assert cell_text(value, number_format) == text


def test_a_spreadsheet_is_a_table_as_any_other(connection, tmp_path):
    lines = [
        HEADER,
        ["O1", (datetime(2024, 12, 31, 14, 5), "d-m-yyyy h:mm"), (49.949, "0.00"), "a@x.example"],
        [],
        [(17, "0000"), (datetime(2025, 1, 1), "d-m-yyyy"), "50,00", "b@x.example", "beyond the header"],
        ["O3", (datetime(2025, 1, 2), "d-m-yyyy"), 5],
    ]
    workbook(tmp_path / "webshop" / "orders.xlsx", ("Blad1", lines), ("Notes", [["nothing"]]))
    load(connection, tmp_path)
    assert rows(connection, "webshop.orders", ", ".join(HEADER)) == [
        ("O1", "2024-12-31 14:05:00", "49.95", "a@x.example"),
        ("O3", "2025-01-02", "5", None),
    ]
    assert len(rows(connection, "staging.malformed_rows")) == 1  # the row that is wider than its header


def test_a_connector_reads_the_sheet_that_sources_yml_names(connection, sources):
    contacts = [
        ["Record ID", "First Name", "Last Name", "Email", "Lead Status", "Create Date"],
        [8001, "Jan", "Vos", "jan@x.example", "New", datetime(2024, 5, 6, 7, 8)],
    ]
    workbook(sources / "crm.xlsx", ("About", [["Export of contacts"]]), ("Contacts", contacts))
    put(sources, "sources.yml", b"crm: {connector: hubspot, files: crm.xlsx, sheet: Contacts}")
    load(connection, sources)
    assert rows(connection, "crm.customers", "customer_number, email, created_at") == [
        ("crm:8001", "jan@x.example", "2024-05-06 07:08:00")
    ]
    # without a name, the first sheet that is an export
    put(sources, "sources.yml", b"crm: {connector: hubspot, files: crm.xlsx}")
    load(connection, sources)
    assert rows(connection, "crm.customers", "customer_number") == [("crm:8001",)]
    put(sources, "sources.yml", b"crm: {connector: hubspot, files: crm.xlsx, sheet: Deals}")
    (problem,) = problems(connection, sources)
    assert "has no sheet Deals: it has About, Contacts" in problem


@pytest.mark.parametrize("content", [b"PK\x03\x04 cut", b"\xd0\xcf\x11\xe0 with a password", b"no workbook"])
def test_a_broken_spreadsheet_is_a_sentence(connection, tmp_path, content):
    put(tmp_path, "webshop/orders.xlsx", content)
    (problem,) = problems(connection, tmp_path)
    assert problem.startswith(
        "webshop.orders: webshop/orders.xlsx is not a complete .xlsx file, or has a password"
    )


def test_titles_above_the_header_of_a_spreadsheet(connection, tmp_path):
    lines = [["Orders of 2024"], HEADER, ["O1", "2024-01-02", "1.00", "a@x.example"]]
    workbook(tmp_path / "webshop" / "orders.xlsx", ("Blad1", lines))
    (problem,) = problems(connection, tmp_path)
    assert "the header seems to be line 2" in problem
