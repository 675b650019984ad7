-- every month from the first to the last has one month-end snapshot; only the last may not be a month-end
with snapshots as (
    select
        *,
        {{ month_number('snapshot_date') }} - {{ month_number('previous_snapshot_date') }} as months_apart
    from {{ ref('snapshots') }}
),

latest as (
    select max(snapshot_date) as snapshot_date from snapshots
)

select
    snapshots.snapshot_date,
    snapshots.previous_snapshot_date
from snapshots
cross join latest
where
    snapshots.months_apart <> 1
    or (not snapshots.is_month_end and snapshots.snapshot_date <> latest.snapshot_date)
