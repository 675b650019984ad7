-- order_statuses holds each accepted order once, as counted or as excluded
with told as (
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
    told.orders as orders_told,
    told.counted_and_excluded_orders,
    accepted.orders as orders_accepted
from told
cross join accepted
where
    coalesce(told.orders, 0) <> accepted.orders
    or coalesce(told.counted_and_excluded_orders, 0) <> accepted.orders
