with sessions as (
    select * from {{ ref('int_events__sessions') }}
),

device_counts as (
    select
        customer_id,
        device,
        row_number() over (
            partition by customer_id order by count(*) desc, max(started_at) desc, device asc nulls last
        ) as preference
    from sessions
    where
        customer_id is not null
        and device is not null
    group by
        customer_id,
        device
)

select
    customer_id,
    device
from device_counts
where preference = 1
