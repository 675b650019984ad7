"""A look at a folder before it is built: what its files are, and what a build would make of them."""

import re
import shutil

import duckdb
import pytest
import yaml

import exports
from deliveries import CONTRACT, load, put, rows
from exports import export, instances, line, shopify_order
from klant360.cli import main
from klant360.errors import UserError
from klant360.preflight import checking, filling, judging_models
from klant360.preflight import preflight as preflight_module
from klant360.preflight.preflight import preflight
from klant360.publishing.delivery_summary import reading_lines


@pytest.fixture
def folder(tmp_path):
    """A folder of exports under names that say nothing, and other files."""
    folder = tmp_path / "deliveries"
    export(folder, "a_1.csv", exports.SHOPIFY_ORDERS, shopify_order(1001, line("MOK"), line("BORD")))
    export(folder, "a_2.csv", exports.OLD_SHOPIFY_ORDERS, shopify_order(1002, Total="E$"))
    export(folder, "b.csv", exports.SHOPIFY_CUSTOMERS, [{"Customer ID": "1", "Email": "jan@x.example"}])
    export(
        folder,
        "desk/c.csv",
        exports.ZENDESK_TICKETS,
        [{"Id": "1", "Requester id": "9", "Created at": "2025-01-02"}],
    )
    put(folder, "crm/customers.csv", b"customer_number;email\nK1;jan@x.example\n")
    return folder


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    """The folder in which looks keep the models that judge rows."""
    return tmp_path_factory.mktemp("target")


@pytest.fixture
def look(dbt, target, monkeypatch):
    """Return a function that looks at a folder, with the parsed project; returns the lines."""
    monkeypatch.setenv("DBT_TARGET_PATH", str(target))

    def look(folder, **cli_vars):
        lines = []
        with dbt.parsed(judging_models):
            preflight(folder, write=False, cli_vars=cli_vars, echo=lines.append)
        return lines

    return look


# What a file is


def recognised(connection, folder, *names):
    """Return what the log of a build says about files that sources.yml does not name."""
    instances(folder, "")
    put(
        folder,
        "webshop/orders.csv",
        b"order_id,ordered_at,total_amount,email\nO1,2024-01-02,1.00,a@x.example\n",
    )
    return "\n".join(entry for entry in load(connection, folder) if "ot read" in entry)


@pytest.mark.parametrize(
    ("header", "title"),
    [
        (exports.SHOPIFY_ORDERS, "Shopify orders"),
        (exports.OLD_SHOPIFY_ORDERS, "Shopify orders"),
        (exports.SHOPIFY_CUSTOMERS, "Shopify customers"),
        (exports.OLD_SHOPIFY_CUSTOMERS, "Shopify customers"),
        (exports.SHOPIFY_PRODUCTS, "Shopify products"),
        (exports.WOOCOMMERCE_ORDERS, "WooCommerce orders"),
        (exports.HUBSPOT_CONTACTS, "HubSpot contacts"),
        (exports.SUBSCRIBED, "Mailchimp subscribed"),
        (exports.UNSUBSCRIBED, "Mailchimp unsubscribed"),
        (exports.CLEANED, "Mailchimp cleaned"),
        (exports.ZENDESK_TICKETS, "Zendesk tickets"),
        ([name.upper() for name in exports.ZENDESK_TICKETS], "Zendesk tickets"),
    ],
)
def test_a_file_is_known_by_its_headers_whatever_it_is_called(connection, tmp_path, header, title):
    export(tmp_path, "download (3).csv", header, [{}], delimiter=";")
    assert f"download (3).csv ({title})" in recognised(connection, tmp_path)


REPORT = b'Campaign Report\n"Title:","x"\n\n"Combination 1 Stats"\n"Opened","9 (0.5%)","1,751"\n'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"Record-ID;Voornaam;Achternaam;E-mail\n1;a;b;c\n",
            ["resembles HubSpot contacts", '"Voornaam" where that has "First Name"'],
        ),
        (
            b"Order Number,Order Date,Item Name,Total\n1,2024-01-02,X,1\n",
            ["resembles WooCommerce orders", "Order Total Amount"],
        ),
        (
            b"Bestelnummer,Datum,Totaal\n1,2024-01-02,1.00\n",
            ["resembles webshop.orders", '"Bestelnummer" where that has "order_id"'],
        ),
        (
            b"order_id,ordered_at,total_amount\n1,2024-01-02,1.00\n",
            ["has the columns of webshop.orders: move it to webshop/orders.csv"],
        ),
        # a semicolon file with commas in its texts is a table
        (
            b"Omschrijving;Bedrag\nMok, groot, blauw;1,50\nBord, wit;2,50\nKan;3\n",
            ["resembles no known export and no table"],
        ),
        # a header with alternatives
        (b"Record ID,First Name,Last Name,Email\n1,a,b,c\n", ["lacks Lifecycle Stage or Lead Status"]),
        (b"colour,size\nred,1\n", ["resembles no known export and no table", "columns: colour, size"]),
        (REPORT, ["is a report, not a table", "row per person"]),
        (b"", ["is empty"]),
    ],
)
def test_an_unknown_file_is_compared_with_the_known_one_it_resembles(connection, tmp_path, content, said):
    put(tmp_path, "export.csv", content)
    found = recognised(connection, tmp_path)
    for words in ["export.csv", *said]:
        assert words in found


def test_a_header_that_looks_like_data_is_not_shown(connection, tmp_path):
    put(tmp_path, "export.csv", b"jan@x.example,0612345678\n")
    assert "jan@" not in recognised(connection, tmp_path)


# The whole look


def test_a_folder_of_exports(folder, look):
    put(folder, "report.pdf", b"%PDF")
    text = "\n".join(look(folder))
    for words in (
        "a_1.csv is Shopify orders: it has Name, Financial Status",
        "crm/customers.csv is crm.customers, by its place",
        "report.pdf is a document, not a table",
        "Loaded webshop.orders: 2 rows from 2 files",
        "commas, decimal point, year first, utf-8",
        "ordered_at from 2025-03-04 to 2025-03-04",
        "unreadable_value   total_amount             1",
        "unknown_reference  order_id                 1",
        "customer_360.latest_nps_score",
        "  service_desk.survey_responses: ",
        f"klant360 preflight {folder} --write",
    ):
        assert words in text
    assert "impossible_value" not in text
    assert not (folder / "sources.yml").exists()


def test_a_second_look_starts_no_dbt_and_says_the_same(folder, look, monkeypatch):
    first = look(folder)
    monkeypatch.setattr(judging_models, "build_judging_models", None)
    second = look(folder)
    assert untimed(first) == untimed(second)


def untimed(lines):
    """Return lines without how long loading took, and without what is said before the first look."""
    return [re.sub(r" in [0-9.]+ s$", "", line) for line in lines if "Preparing the checks" not in line]


def test_other_vars_are_looked_at_with_other_checks(folder, look, tmp_path, monkeypatch):
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "target"))
    text = "\n".join(look(folder, latest_possible_date="2025-03-01"))
    assert "impossible_value   ordered_at               1" in text
    with pytest.raises(UserError, match="which is not a var of this project"):
        look(folder, latest_possible_dat="2025-03-01")


def test_a_kept_file_that_is_no_warehouse_is_made_again(folder, look, tmp_path, monkeypatch):
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path))
    (tmp_path / checking.KEPT).write_text("x")
    assert "Preparing the checks" in "\n".join(look(folder))


def test_what_cannot_be_loaded_is_said_in_a_sentence(folder, look):
    put(folder, "crm/campaign_spend.csv", b'campaign_id,"spent\nC1,1\n')
    with pytest.raises(UserError, match=r"crm\.campaign_spend"):
        look(folder)


def test_where_it_loads_files_is_said_when_that_is_not_possible(tmp_path, look, monkeypatch):
    put(
        tmp_path,
        "webshop/orders.csv",
        b"order_id,ordered_at,total_amount,email\nO1,2024-01-02,1.00,a@x.example\n",
    )
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(UserError, match=r"They are loaded in .*gone; name a folder .* in TMPDIR"):
        look(tmp_path)


def test_it_finds_what_a_build_finds(look, demo_sources, tmp_path, build_warehouse):
    sources = shutil.copytree(demo_sources, tmp_path / "sources")
    (sources / "crm" / "erasure_requests.csv").unlink()  # a build erases, a look does not
    built = build_warehouse(sources, select=judging_models.MODELS)
    with duckdb.connect(str(built.path), read_only=True) as warehouse:
        found = reading_lines(warehouse)
    assert any("duplicate_key" in line for line in found)
    assert set(found) <= set(look(sources))


@pytest.fixture
def write(monkeypatch):
    """Return a function that writes what it proposes, without the look at the rows."""

    def stop(*_):
        raise UserError("enough")

    def write(folder):
        with monkeypatch.context() as patch, pytest.raises(UserError, match="enough"):
            patch.setattr(preflight_module, "ready_warehouse", stop)
            preflight(folder, write=True, cli_vars={}, echo=lambda line: None)
        return (folder / "sources.yml").read_text()

    return write


def test_what_it_writes_is_what_a_build_then_reads(folder, write, connection):
    assert yaml.safe_load(write(folder)) == {
        "shopify": {"connector": "shopify", "files": ["a_*.csv", "b.csv"]},
        "desk": {"connector": "zendesk", "files": ["desk/c.csv"]},
    }
    load(connection, folder)
    assert rows(connection, "webshop.orders", "order_id") == [("shopify:#1002",), ("shopify:5000000001001",)]


def test_a_file_that_comes_later_is_added_below_what_is_there(folder, write):
    first = write(folder)
    (folder / "sources.yml").write_text("# ours\n" + first)
    export(folder, "new.csv", exports.HUBSPOT_CONTACTS, [{"Record ID": "1"}])
    export(folder, "be/more.csv", exports.SHOPIFY_ORDERS, shopify_order(1003))
    text = write(folder)
    assert text.startswith("# ours\n" + first)
    assert yaml.safe_load(text)["hubspot"] == {"connector": "hubspot", "files": ["new.csv"]}
    assert yaml.safe_load(text)["be"] == {"connector": "shopify", "files": ["be/more.csv"]}
    # what is most likely of the same shop would count twice as an instance of its own
    export(folder, "more.csv", exports.SHOPIFY_ORDERS, shopify_order(1003))
    assert write(folder) == text


@pytest.mark.parametrize(
    "name",
    [
        "orders [1].csv",
        "no/o.csv",
        "null/o.csv",
        'it\'s "x".csv',
        "a\\b.csv",
        "tab\t.csv",
        "-.csv",
        "é #{}!.csv",
    ],
)
def test_a_build_reads_whatever_name_it_wrote(tmp_path, write, connection, name):
    export(tmp_path, name, exports.SHOPIFY_ORDERS, shopify_order(1001))
    write(tmp_path)
    load(connection, tmp_path)
    assert len(rows(connection, "webshop.orders")) == 1


def test_months_are_no_shops_and_links_lead_to_no_second_one(tmp_path, write):
    export(tmp_path, "2025-01/o.csv", exports.SHOPIFY_ORDERS, shopify_order(1001))
    export(tmp_path, "2025-02/o.csv", exports.SHOPIFY_ORDERS, shopify_order(1002))
    (tmp_path / "link.csv").symlink_to(tmp_path / "2025-01" / "o.csv")
    found = yaml.safe_load(write(tmp_path))
    assert list(found) == ["shopify"]
    assert len(found["shopify"]["files"]) <= 2


def test_a_new_month_of_a_known_shop_is_no_second_shop(tmp_path, write):
    export(tmp_path, "2025-01/o.csv", exports.SHOPIFY_ORDERS, shopify_order(1001))
    first = write(tmp_path)
    export(tmp_path, "2025-02/o.csv", exports.SHOPIFY_ORDERS, shopify_order(1001))
    assert write(tmp_path) == first


def test_a_pattern_never_takes_the_file_of_another_instance(tmp_path, write, connection):
    export(tmp_path, "export_1.csv", exports.HUBSPOT_CONTACTS, [{"Record ID": "1"}])
    instances(tmp_path, "crm: {connector: hubspot, files: export_1.csv}")
    for number in (2, 3):
        export(tmp_path, f"export_{number}.csv", exports.SHOPIFY_ORDERS, shopify_order(number))
    write(tmp_path)
    load(connection, tmp_path)
    assert len(rows(connection, "webshop.orders")) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("shop: {connector: shopfy, files: b.csv}", "Correct this first, nothing was written"),
        ("{shop: {connector: shopify, files: b.csv}}", "add these lines yourself"),
    ],
)
def test_what_it_cannot_add_to_stays_as_it_is(folder, text, said):
    instances(folder, text)
    with pytest.raises(UserError, match=said):
        preflight(folder, write=True, cli_vars={}, echo=lambda line: None)
    assert (folder / "sources.yml").read_text() == text


def test_what_cannot_be_built_is_said_before_anything_is_read(tmp_path, look):
    export(tmp_path, "people.csv", exports.HUBSPOT_CONTACTS, [{"Record ID": "1"}])
    with pytest.raises(UserError, match=r"webshop\.orders is required"):
        look(tmp_path)


@pytest.mark.parametrize("command", ["build", "publish"])
def test_a_build_of_exports_without_sources_yml_looks_and_stops(
    folder, tmp_path, command, monkeypatch, capsys
):
    looked_at = []
    monkeypatch.setenv("KLANT360_WAREHOUSE", str(tmp_path / "klant360.duckdb"))
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "target"))
    monkeypatch.setenv("KLANT360_SOURCES", str(folder))
    monkeypatch.setattr(preflight_module, "preflight", lambda sources, **_: looked_at.append(sources))
    assert main([command]) == 3
    assert looked_at == [folder]
    assert "Nothing was built." in capsys.readouterr().err


# What fills, and what stays empty


def schema_of(dbt, mart):
    return next(node.schema for node in dbt.manifest().nodes.values() if node.name == mart)


# Marts that have rows only if something happened: people merged, cells unread, targets set.
FILLED_BY_EVENTS = {
    "customer_merges",
    "ignored_summary",
    "ignored_values",
    "skipped_identifiers",
    "target_results",
}


def test_with_orders_alone_what_needs_more_is_empty_and_all_else_has_rows(
    dbt, demo_sources, tmp_path, build_warehouse
):
    put(tmp_path, "webshop/orders.csv", (demo_sources / "webshop" / "orders.csv").read_bytes())
    warehouse = build_warehouse(tmp_path)
    for name, tables in filling.needs(dbt.manifest()).items():
        mart, _, column = name.partition(".")
        greatest = f"max(cast({column} as varchar))" if column else "count(*)"
        ((found,),) = warehouse.rows(f"select {greatest} from {schema_of(dbt, mart)}.{mart}")
        is_empty = found in (None, "false", "0", 0)
        assert is_empty if tables else not is_empty or name in FILLED_BY_EVENTS, name


def test_each_table_that_fills_something_is_a_table_of_the_contract(dbt):
    for tables in filling.needs(dbt.manifest()).values():
        assert set(tables) <= set(CONTRACT)


def test_with_all_tables_each_of_these_columns_is_filled(dbt, ask):
    for name, tables in filling.needs(dbt.manifest()).items():
        mart, _, column = name.partition(".")
        if tables and column:
            (row,) = ask(
                f"select max(cast({column} as varchar)) as greatest from {schema_of(dbt, mart)}.{mart}"
            )
            assert row.greatest not in (None, "false", "0"), name
