"""What a reader of the page on what is to come tries to learn of few people."""

from masking_reader import Reader, World


def attack_next_purchases(seen: World) -> None:
    """Customers by status; how many there are in all is known."""
    true = seen.true("select next_purchase_status, count(*) from customer_predictions group by all")
    reader = Reader(true)
    reader.learns(true, sum(true.values()))
    names = {"Overdue": "overdue", "Due": "due", "Not due yet": "not_due", "Probably gone": "silent"}
    for row in seen.rows["next_purchase"]:
        status = names[row["status"].en]
        assert row["customers"] == true[status] >= seen.least
        reader.learns([status], row["customers"])
    for status, customers in true.items():
        assert customers >= seen.least or not reader.knows([status])


def attack_expected_revenue(seen: World) -> None:
    """Years of first purchase are shown of enough customers, and never exactly."""
    true = seen.true("""
        select cast(year(cohort_month) as varchar), sum(customers) filter (where months_ahead = 1)
        from cohort_projection group by all
    """)
    for row in seen.rows["by_cohort"]:
        assert true[row["year"]] >= seen.least
        assert row["customers"] % (2 * seen.least) == 0


def attack_segments_ahead(seen: World) -> None:
    """The size of a segment that is small now, or may become so, is not told by its forecast."""
    now = seen.true("select segment_code, count(*) from customer_segments group by all")
    names = seen.true("select name_en, segment_code from segments")
    for row in seen.rows["segments"]:
        assert now.get(names[row["segment"].en], 0) >= seen.least
        assert all(row[name] % (2 * seen.least) == 0 for name in ("customers", "low", "high"))


def attack_calibration(seen: World) -> None:
    true = seen.true("select decile, (customers, actual) from model_calibration")
    for row in seen.rows["calibration"]:
        customers, actual = true[row["decile"]]
        bought = round(customers * actual)
        assert min(bought, customers - bought) >= seen.least
