"""A large demo set has the requested shares and follows its buying process."""

import math

import duckdb
import numpy as np
import pandas as pd
import pytest

from demo_sets import RECORD_TABLES, DemoSet, is_near
from klant360.demo import clock
from klant360.demo.options import Options
from klant360.demo.purchases import MODEL

NO_FILE_DIRT = dict.fromkeys(
    [
        "bad_dates",
        "double_keys",
        "unknown_references",
        "refunds",
        "credit_notes",
        "excluded_statuses",
        "other_currencies",
    ],
    0.0,
)


@pytest.fixture(scope="session")
def exact(tmp_path_factory):
    """20,500 people (two chunks) without seasons and without dirt in the files, as Parquet."""
    out = tmp_path_factory.mktemp("exact")
    return DemoSet(Options(people=20_500, out=out, format="parquet", seasonality=0, **NO_FILE_DIRT))


def test_guests_with_and_without_an_account(exact):
    orders, people = exact.table("webshop.orders"), exact.table("truth.people")
    assert is_near(orders.account_id.isna().sum(), len(orders), exact.options.guest_orders)
    truth = exact.table("truth.source_records")
    has_account = people.person_id.isin(truth.person_id[truth.source_entity == "account"])
    is_guest_only = (people.purchases > 0) & ~has_account
    few = people.purchases.between(1, 2)
    assert is_near(is_guest_only.sum(), few.sum(), 0.5 * exact.options.guest_orders)
    assert few[is_guest_only].all()


def test_shares_of_people(exact):
    people, options = exact.table("truth.people"), exact.options
    n = len(people)
    systems = people[["is_in_crm", "is_in_webshop", "is_in_service_desk"]].sum(axis=1)
    is_buyer = people.purchases > 0
    assert n == options.people
    assert is_near((systems == 1).sum(), n, options.one_system)
    assert is_near((systems == 2).sum(), n, options.two_systems)
    assert is_near((~is_buyer).sum(), n, options.prospects)
    assert is_near((people.country_code == "BE").sum(), n, options.belgians)
    assert people.is_in_webshop[is_buyer].all()


def test_households_share_the_requested_values(exact):
    people, options = exact.table("truth.people"), exact.options
    homes = people.groupby("household_id")
    pairs = homes.filter(lambda home: len(home) > 1).groupby("household_id")
    assert set(homes.size()) == {1, 2}
    assert len(pairs) * 2 == pytest.approx(options.living_together * len(people), abs=4)
    assert (pairs[["street", "house_number", "postal_code", "city", "country_code"]].nunique() == 1).all(
        axis=None
    )
    assert not people.duplicated(["household_id", "first_name", "last_name"]).any()
    assert is_near((pairs.phone.nunique() == 1).sum(), len(pairs), options.shared_phones)
    assert is_near((pairs.email.nunique() == 1).sum(), len(pairs), options.shared_emails)
    assert people.phone.nunique() == len(people) - (pairs.phone.nunique() == 1).sum()
    assert people.email.nunique() == len(people) - (pairs.email.nunique() == 1).sum()


def test_shares_of_dirt_in_records(exact):
    options = exact.options
    truth, people = exact.table("truth.source_records"), exact.table("truth.people")
    whose = truth.merge(people, on="person_id").drop_duplicates(
        ["source_system", "source_entity", "source_record_id"]
    )
    parts = []
    for key, name in RECORD_TABLES.items():
        system = name.split(".")[0]
        mine = whose[(whose.source_system == system) & (whose.source_entity != "guest_order")]
        parts.append(
            exact.table(name).merge(mine, left_on=key, right_on="source_record_id", suffixes=("", "_true"))
        )
    records = pd.concat(parts, ignore_index=True)
    n = len(records)
    assert is_near(records.email.isna().sum(), n, options.no_emails)
    assert is_near(records.phone.isna().sum(), n, options.no_phones)
    named = records[records.email.notna() & (records.email != "info@kantoorpand.example")]
    other = named.email.str.lower() != named.email_true
    assert is_near(other.sum(), len(named), options.other_emails)
    is_initial = records.first_name.str.fullmatch(r"\w\.") | records.last_name.str.fullmatch(r"\w\.")
    assert is_near(is_initial.sum(), n, options.initials)
    is_swapped = (records.first_name == records.last_name_true) & (
        records.last_name == records.first_name_true
    )
    assert is_near(
        is_swapped.sum(), n, options.swapped_names * (1 - options.initials) * (1 - options.name_typos)
    )
    full = records[~is_initial & ~is_swapped]
    is_wrong = (full.first_name != full.first_name_true) | (full.last_name != full.last_name_true)
    assert is_near(is_wrong.sum(), len(full), options.name_typos)
    housed = records[records.postal_code_true.notna()]  # the service desk has no addresses
    moved = housed.postal_code.str.replace(" ", "") != housed.postal_code_true.str.replace(" ", "")
    assert is_near(moved.sum(), len(housed), options.other_addresses)
    in_crm = people.is_in_crm.sum()
    assert is_near(len(exact.table("crm.customers")) - in_crm, in_crm, options.double_customers)
    accounts = records[records.account_id.notna() & records.is_in_crm]
    assert is_near(accounts.customer_number.notna().sum(), len(accounts), options.known_numbers)
    assert len(exact.table("crm.erasure_requests")) == pytest.approx(
        options.people * options.erasure_requests, abs=2
    )


def test_known_numbers_are_right(exact):
    truth = exact.table("truth.source_records").set_index(["source_entity", "source_record_id"]).person_id
    for key, name, entity in [
        ("account_id", "webshop.accounts", "account"),
        ("contact_id", "service_desk.contacts", "contact"),
    ]:
        records = exact.table(name).dropna(subset="customer_number")
        numbers = truth["customer"].loc[records.customer_number]
        assert (truth[entity].loc[records[key]].to_numpy() == numbers.to_numpy()).all()


def test_orders_are_the_true_purchases(exact):
    orders, people = exact.table("webshop.orders"), exact.table("truth.people")
    assert len(orders) == people.purchases.sum()
    assert orders.total_amount.sum() == pytest.approx(people.spend.sum(), abs=0.001)
    ordered_at = pd.to_datetime(orders.ordered_at)
    assert ordered_at.min() == people.first_purchase_at.min()
    assert ordered_at.max() == people.last_purchase_at.max()


def test_lines_add_up_to_their_order(exact):
    wrong = duckdb.sql(f"""
        select count(*)
        from {exact.relation("webshop.orders")} as orders
        left join (
            select
                order_id,
                sum(line_amount) as goods,
                bool_and(line_amount = quantity * unit_price) as multiplies
            from {exact.relation("webshop.order_lines")} group by all
        ) as lines using (order_id)
        where (goods - discount_amount + shipping_amount = total_amount and multiplies) is not true
    """).fetchone()
    assert wrong == (0,)


def hyp2f1(a: float, b: float, c: float, z: np.ndarray) -> np.ndarray:
    """Sum Gauss's series until its terms vanish (0 <= z < 1)."""
    term, total = np.ones_like(z), np.ones_like(z)
    for k in range(5_000):
        term = term * (a + k) * (b + k) / ((c + k) * (k + 1)) * z
        total += term
        if term.max() < 1e-12:
            break
    return total


def expected_repeats(t: np.ndarray) -> np.ndarray:
    """E[X(t)] of BG/NBD: equation 9 of Fader, Hardie and Lee (2005)."""
    r, alpha, a, b = MODEL.r, MODEL.alpha, MODEL.a, MODEL.b
    gone = (alpha / (alpha + t)) ** r * hyp2f1(r, b, a + b - 1, t / (alpha + t))
    return (a + b - 1) / (a - 1) * (1 - gone)


def test_repeat_purchases_follow_bg_nbd(exact):
    buyers = exact.table("truth.people").query("purchases > 0")
    end = pd.Timestamp(clock.END_UTC, tz="UTC")
    weeks = (end - buyers.first_purchase_at).dt.total_seconds().to_numpy() / (7 * 86_400)
    repeats = buyers.purchases.to_numpy() - 1

    def is_unbiased(error: np.ndarray) -> bool:
        return abs(error.mean()) < 4 * error.std() / math.sqrt(len(error))

    assert is_unbiased(repeats - expected_repeats(weeks))
    assert is_unbiased((repeats == 0) - (MODEL.alpha / (MODEL.alpha + weeks)) ** MODEL.r)
    long = weeks > 104
    assert is_unbiased((repeats - expected_repeats(weeks))[long])
    assert is_unbiased(weeks - clock.WEEKS / 2)
    assert is_unbiased(buyers.purchase_rate.to_numpy() - MODEL.r / MODEL.alpha)
    assert is_unbiased(buyers.dropout_probability.to_numpy() - MODEL.a / (MODEL.a + MODEL.b))
    assert 4 < buyers.purchases.mean() < 6


def test_spend_follows_gamma_gamma(exact):
    buyers = exact.table("truth.people").query("purchases > 0")
    mean_spend, n = buyers.mean_spend.to_numpy(), buyers.purchases.to_numpy()
    expected = MODEL.shape * MODEL.gamma / (MODEL.q - 1)
    assert abs(mean_spend.mean() - expected) < 4 * mean_spend.std() / math.sqrt(len(buyers))
    # Given a person's mean m, the sum of n purchases has mean n m and variance n m^2 / shape.
    z = (buyers.spend.astype(float).to_numpy() - n * mean_spend) / (mean_spend * np.sqrt(n / MODEL.shape))
    assert abs(z.mean()) < 4 / math.sqrt(len(z))
    assert z.var() == pytest.approx(1, abs=0.06)


def test_slow_tickets_make_poor_answers(exact):
    rows = duckdb.sql(f"""
        select score, epoch(resolved_at) - epoch(created_at::timestamptz) as wait
        from {exact.relation("service_desk.survey_responses")} inner join
            {exact.relation("service_desk.tickets")} using (ticket_id)
        where survey_type = 'csat'
    """).df()
    is_slow = rows.wait > rows.wait.median()
    assert rows.score[~is_slow].mean() > rows.score[is_slow].mean() + 0.2
    assert rows.score.between(1, 5).all()
