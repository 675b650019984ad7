"""What a reader could learn from the pages on service, channels, campaigns and profiles."""

from __future__ import annotations

from itertools import product

from masking_reader import Reader, World, month_number


def attack_profiles(seen: World) -> None:
    """Of each attribute: people by segment and value, from sizes of segments, shares and indexes."""
    true = seen.true("select attribute_name, segment_code, attribute_value, customers from segment_profiles")
    name = {text: code for code, text in seen.true("select segment_code, name_en from segments").items()}
    sizes = {row["key"]: row["customers"] for row in seen.rows["sizes"] if row["scope"] == "all"}
    everyone = sum(size for code, size in sizes.items() if code != "prospect")
    for attribute, words in (("engagement_band", "Engagement"), ("device", "Device")):
        cells = {key[1:]: size for key, size in true.items() if key[0] == attribute}
        segments = sorted({segment for segment, _ in cells})
        values = sorted({value for _, value in cells})
        atoms = list(product(segments, values))
        reader = Reader(atoms)
        others = [segment for segment in segments if segment not in sizes]
        for code, size in sizes.items():
            if code != "prospect":
                reader.learns(product(others if code == "other" else [code], values), size)
        rows = [
            row
            for row in seen.rows["indexes"]
            if row["index"] is not None and row["value"].en.startswith(f"{words}: ")
        ]
        for row in rows:
            segment, value = name[row["segment"].en], row["value"].en.split(": ")[1]
            customers = round(row["segment_share"] * sizes[segment])
            assert customers == cells[segment, value] >= seen.least
            reader.learns([(segment, value)], customers)
            reader.learns(product(segments, [value]), round(row["overall_share"] * everyone))
        for atom in atoms if rows else []:
            assert cells.get(atom, 0) >= seen.least or not reader.knows([atom]), (attribute, atom)


def attack_service_and_comparisons(seen: World) -> None:
    """Figures on service, campaigns and experiments cover enough people, and so does what is left out."""
    for row in seen.rows["tickets"]:
        people = seen.true(
            "select 'people', count(distinct customer_id) from service_tickets"
            f" where last_day(day) = '{row['day']}'"
        )["people"]
        assert people >= seen.least
        assert all(row[name] is None or row[name] >= seen.least for name in ("backlog", "repeat_contacts"))
    for panel in ("nps", "nps_by_segment"):
        assert all(row["answers"] >= seen.least for row in seen.rows[panel])
    for row in seen.rows["impact"]:
        bought = round(row["rate"] * row["customers"])
        assert min(bought, row["customers"] - bought) >= seen.least
    results = seen.true("""
        select
            'campaigns',
            min(least(buyers_30_days, customers - buyers_30_days, control_buyers_30_days,
                control_customers - control_buyers_30_days))
        from campaign_results
        union all
        select 'experiments', min(least(converted, visitors - converted)) from experiment_results
    """)
    for panel in ("campaigns", "experiments"):
        if any(row["uplift"] is not None for row in seen.rows[panel]):
            assert results[panel] >= seen.least


def attack_channels(seen: World) -> None:
    """New customers by channel; how many there were in all is known from the months."""
    ends = list(seen.true("select snapshot_date, 0 from snapshots where is_month_end"))
    for panel, months in (("costs", 0), ("values", 11)):
        rows = seen.rows[panel]
        if rows:
            last = month_number(max(ends)) - months
            true = seen.true(
                "select channel, sum(new_customers) from channel_performance"
                f" where year(month) * 12 + month(month) between {last - 11} and {last} group by all"
            )
            reader = Reader(true)
            reader.learns(true, sum(true.values()))
            names = {"Link in an email": "email", "Direct": "direct", "Unknown": "(unknown)"}
            for row in rows:
                channel = names.get(row["channel"].en, row["channel"].en)
                assert row["new_customers"] == true[channel] >= seen.least
                reader.learns([channel], row["new_customers"])
            for channel, customers in true.items():
                assert customers >= seen.least or not reader.knows([channel])
