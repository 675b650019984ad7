-- order_statuses counts each accepted order once, as counted or as excluded
with listed as (
    select
        sum(orders) as orders,
        sum(counted_orders + excluded_orders) as counted_and_excluded_orders
    from {{ ref('order_statuses') }}
),

accepted as (
    select rows_accepted as orders
    from {{ ref('source_reconciliation') }}
    where source_table = 'webshop.orders'
)

select
    listed.orders as orders_listed,
    listed.counted_and_excluded_orders,
    accepted.orders as orders_accepted
from listed
cross join accepted
where
    coalesce(listed.orders, 0) <> accepted.orders
    or coalesce(listed.counted_and_excluded_orders, 0) <> accepted.orders
