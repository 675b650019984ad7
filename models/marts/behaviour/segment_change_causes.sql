with changes as (
    select * from {{ ref('segment_changes') }}
)

select
    snapshot_date,
    from_segment,
    to_segment,
    coalesce(cause, '(unknown)') as cause,
    count(*) as customers
from changes
group by
    snapshot_date,
    from_segment,
    to_segment,
    coalesce(cause, '(unknown)')
