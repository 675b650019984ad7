-- revenue_reconciliation holds each row of webshop.orders once
with told as (
    select sum(orders) as orders
    from {{ ref('revenue_reconciliation') }}
),

read as (
    select rows_read - rows_erased as orders
    from {{ ref('source_reconciliation') }}
    where source_table = 'webshop.orders'
)

select
    told.orders as orders_told,
    read.orders as orders_read
from told
cross join read
where coalesce(told.orders, 0) <> read.orders
