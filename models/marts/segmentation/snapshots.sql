with snapshot_dates as (
    select * from {{ ref('int_calendar__snapshot_dates') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

history as (
    select * from {{ ref('customer_segment_history') }}
),

populations as (
    select
        snapshot_date,
        count(*) as customers,
        count(*) filter (where is_in_window) as customers_in_window
    from history
    group by snapshot_date
)

select
    snapshot_dates.snapshot_date,
    snapshot_dates.previous_snapshot_date,
    snapshot_dates.window_start_date,
    snapshot_dates.is_month_end,
    {{ month_start('as_of.first_purchase_date') }} <= {{ month_start('snapshot_dates.window_start_date') }}
        as is_window_full,
    populations.customers,
    populations.customers_in_window
from snapshot_dates
cross join as_of
inner join populations on snapshot_dates.snapshot_date = populations.snapshot_date
