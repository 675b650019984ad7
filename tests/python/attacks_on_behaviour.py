"""What a reader could learn from the pages on engagement and why, and from early warnings."""

from __future__ import annotations

from itertools import pairwise, product

from masking_reader import Reader, World, month_number

# Names on the page of the touches of drawn worlds.
SHOWN_TOUCHES = {"Link in an email": "email", "Direct": "direct"}


def attack_engagement_by_segment(seen: World) -> None:
    true = seen.true(
        "select segment_code, coalesce(engagement_band, '(none)'), count(*) from customer_360 group by all"
    )
    segments = list(seen.true("select segment_code, 0 from segments"))
    bands = seen.true("select name_en, band_code from engagement_bands") | {"Did nothing": "(none)"}
    name = {text: code for code, text in seen.true("select segment_code, name_en from segments").items()}
    atoms = list(product(segments, bands.values()))
    reader = Reader(atoms)
    sizes = {row["key"]: row["customers"] for row in seen.rows["sizes"] if row["scope"] == "all"}
    others = {code for code in segments if code not in sizes and code != "prospect"}
    for code, size in sizes.items():
        reader.learns(product(others if code == "other" else [code], bands.values()), size)
    learned = [
        ([(name[row["segment"].en], bands[row["band"].en])], row["customers"])
        for row in seen.rows["bands_by_segment"]
        if row["customers"] is not None
    ]
    learned += [
        (list(product(segments, [bands[row["band"].en]])), row["customers"])
        for row in seen.rows["bands_over_time"]
        if row["day"] == seen.as_of
    ]
    for group, size in learned:
        assert size % (2 * seen.least) == 0
        reader.learns_about(group, size - seen.least, size + seen.least - 1)
    if learned:
        for group in [*([atom] for atom in atoms), *(list(product(segments, [b])) for b in bands.values())]:
            if sum(true.get(atom, 0) for atom in group) < seen.least:
                assert not reader.knows(group), group
    for row in seen.rows["bands_over_time"]:
        assert row["customers"] % (2 * seen.least) == 0


def attack_first_touches(seen: World) -> None:
    """By first touch, those who bought and those who did not; how many did is known from the segments."""
    true = seen.true("""
        select
            case coalesce(first_touch_kind, 'purchase')
                when 'session' then first_touch_channel
                when 'purchase' then 'none'
                when 'ticket' then 'Service desk'
                when 'survey_answer' then 'Survey'
                else 'Campaign'
            end,
            lifetime_orders > 0,
            count(*)
        from customer_360 left join customer_journeys using (customer_id)
        group by all
    """)
    touches = sorted({touch for touch, _ in true})
    atoms = list(product(touches, (True, False)))
    shown = {
        SHOWN_TOUCHES.get(row["touch"].en, row["touch"].en): row for row in seen.rows["days_to_purchase"]
    }
    shares = {
        SHOWN_TOUCHES.get(row["touch"].en, row["touch"].en): row for row in seen.rows["share_that_bought"]
    }
    reader = Reader(atoms)
    for bought in (True, False):
        reader.learns(product(touches, [bought]), sum(true.get((touch, bought), 0) for touch in touches))
    for touch, row in shown.items():
        assert row["buyers"] >= seen.least
        reader.learns([(touch, True)], row["buyers"])
    for touch, row in shares.items():
        group = [touch] if touch != "Others" else [t for t in touches if t not in shares and t != "none"]
        reader.learns(product(group, [True]), round(row["share"] * row["people"]))
        reader.learns(product(group, [False]), row["people"] - round(row["share"] * row["people"]))
    if shown or shares:
        for atom in atoms:
            if atom[1] or shares:
                assert true.get(atom, 0) >= seen.least or not reader.knows([atom]), atom


def attack_early_warnings(seen: World) -> None:
    """Of a segment whose size is known, those who fall in each month and those who stay."""
    name = {text: code for code, text in seen.true("select segment_code, name_en from segments").items()}
    true = seen.true("select segment_code, falls_on, count(*) from early_warnings group by all")
    sizes = {row["key"]: row["customers"] for row in seen.rows["sizes"] if row["scope"] == "all"}
    days = sorted({day for _, day in true})
    for code, size in sizes.items():
        rows = [row for row in seen.rows["early_warnings"] if name[row["segment"].en] == code]
        assert not rows or code not in ("other", "prospect")
        reader = Reader([*days, "stays"])
        reader.learns([*days, "stays"], size)
        for row in rows:
            assert row["customers"] == true[code, row["day"]] >= seen.least
            reader.learns([row["day"]], row["customers"])
        falling = {day: true.get((code, day), 0) for day in days}
        for day, customers in {**falling, "stays": size - sum(falling.values())}.items():
            assert not rows or customers >= seen.least or not reader.knows([day]), (code, day)


def attack_revenue(seen: World) -> None:
    """The page tells nothing about few people by why revenue changed, nor about the best few."""
    figures = {row["key"]: row for row in seen.rows["key_figures"] if row["scope"] == "all"}
    ends = list(seen.true("select snapshot_date, 0 from snapshots where is_month_end"))
    for panel, months, comparison in (
        ("revenue_against_month", 1, "month_before"),
        ("revenue_against_year", 12, "year_before"),
    ):
        rows = seen.rows[panel]
        if rows:
            assert None not in [
                figures[key][when] for key in ("active", "revenue") for when in ("now", comparison)
            ]
            assert rows[0]["amount"] + sum(row["amount"] for row in rows[1:-1]) == rows[-1]["amount"]
        if "other" in [row["effect"] for row in rows]:
            last = month_number(max(ends))
            month = "(year(order_date) * 12 + month(order_date))"
            people = seen.true(
                "select 'people', count(distinct customer_id) from orders"
                f" where is_credit_note and {month} in ({last}, {last - months})"
            )["people"]
            assert people >= seen.least
    tops = seen.true("select snapshot_date, top_percent, top_customers from revenue_concentration")
    customers = seen.true("select snapshot_date, max(customers) from revenue_concentration group by all")
    for day in {row["day"] for row in seen.rows["concentration"]}:
        shown = [tops[day, row["top_percent"]] for row in seen.rows["concentration"] if row["day"] == day]
        assert all(after - before >= seen.least for before, after in pairwise([0, *shown, customers[day]]))
