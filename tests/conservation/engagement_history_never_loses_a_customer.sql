-- a customer with an act by one snapshot is in every later one
select
    snapshots.snapshot_date,
    history.customer_id
from {{ ref('snapshots') }} as snapshots
inner join {{ ref('customer_engagement_history') }} as history
    on snapshots.previous_snapshot_date = history.snapshot_date
left join {{ ref('customer_engagement_history') }} as later
    on
        snapshots.snapshot_date = later.snapshot_date
        and history.customer_id = later.customer_id
where later.customer_id is null
