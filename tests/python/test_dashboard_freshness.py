"""The latest event of a source, on the dashboard."""

from datetime import date

import duckdb

from klant360.dashboard.panels.overview.p5_freshness import rows
from klant360.dashboard.tables import Tables


def test_a_moment_has_the_date_of_the_business_time_zone():
    with duckdb.connect() as connection:
        connection.execute("""
            create table source_reconciliation as
            select
                'webshop.orders' as source_table, 1 as rows_read, 1 as rows_accepted, 0 as rows_rejected,
                0 as rows_erased, timestamp '2025-02-28 23:00:00' as latest_event_at
        """)
        for manifest, day in [
            ({"vars": {"business_timezone": "Europe/Amsterdam"}}, date(2025, 3, 1)),
            ({"business_timezone": "America/New_York"}, date(2025, 2, 28)),
        ]:
            assert [row["latest"] for row in rows(Tables(connection, manifest))] == [day]
