with orders as (
    select * from {{ ref('int_orders__classified') }}
),

-- statuses that are shown alike are one row
statuses as (
    select
        shown_status as status,
        normalised_status,
        bool_or(is_known) as is_known,
        bool_or(counts) as counts
    from {{ ref('int_orders__statuses') }}
    group by
        shown_status,
        normalised_status
),

orders_by_status as (
    select
        status,
        count(*) as orders,
        count(*) filter (where exclusion_reason is null) as counted_orders,
        count(*) filter (where exclusion_reason is not null) as excluded_orders,
        coalesce(try_cast(sum(net_amount) as decimal(18, 4)), 0) as amount
    from orders
    group by status
)

select
    orders_by_status.status,
    statuses.normalised_status,
    statuses.is_known,
    statuses.counts,
    orders_by_status.orders,
    orders_by_status.counted_orders,
    orders_by_status.excluded_orders,
    orders_by_status.amount
from orders_by_status
inner join statuses on coalesce(orders_by_status.status, '') = coalesce(statuses.status, '')
