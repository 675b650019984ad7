{{ config(
    materialized='history_by_month',
    meta={'snapshots_of': 'customer_segment_history'}
) }}

with history as {{ inlined() }} (
    select * from {{ ref('customer_segment_history') }}
),

snapshot_dates as (
    select * from {{ ref('int_calendar__snapshot_dates') }}
    where
        previous_snapshot_date is not null
        and {{ is_snapshot_in_hand('snapshot_date') }}
),

current_segments as (
    select
        history.snapshot_date,
        history.customer_id,
        history.segment_code
    from history
    inner join snapshot_dates on history.snapshot_date = snapshot_dates.snapshot_date
),

previous_segments as (
    select
        snapshot_dates.snapshot_date,
        history.customer_id,
        history.segment_code
    from history
    inner join snapshot_dates on history.snapshot_date = snapshot_dates.previous_snapshot_date
)

-- who is in one snapshot is in every later one, so nobody is left out on this side
select
    current_segments.snapshot_date,
    coalesce(previous_segments.segment_code, '(new)') as from_segment,
    current_segments.segment_code as to_segment,
    count(*) as customers
from current_segments
left join previous_segments
    on
        current_segments.customer_id = previous_segments.customer_id
        and current_segments.snapshot_date = previous_segments.snapshot_date
group by
    current_segments.snapshot_date,
    coalesce(previous_segments.segment_code, '(new)'),
    current_segments.segment_code
