with as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

{{ calendar_months('as_of', 'first_purchase_date', 'as_of_date') }},

month_ends as (
    select
        {{ month_end('months.month') }} as snapshot_date,
        as_of.as_of_date
    from months
    cross join as_of
),

snapshot_dates as (
    select snapshot_date
    from month_ends
    where snapshot_date <= as_of_date
    union
    select as_of_date as snapshot_date
    from as_of
    where as_of_date >= first_purchase_date
)

select
    snapshot_date,
    lag(snapshot_date) over (order by snapshot_date) as previous_snapshot_date,
    {{ window_start('snapshot_date', var('rfm_window_months')) }} as window_start_date,
    {{ window_start('snapshot_date', var('engagement_window_months')) }} as engagement_window_start_date,
    snapshot_date = {{ month_end('snapshot_date') }} as is_month_end
from snapshot_dates
