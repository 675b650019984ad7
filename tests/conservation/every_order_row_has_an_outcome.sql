-- revenue_reconciliation counts each row of webshop.orders once
with listed as (
    select sum(orders) as orders
    from {{ ref('revenue_reconciliation') }}
),

read as (
    select rows_read - rows_erased as orders
    from {{ ref('source_reconciliation') }}
    where source_table = 'webshop.orders'
)

select
    listed.orders as orders_listed,
    read.orders as orders_read
from listed
cross join read
where coalesce(listed.orders, 0) <> read.orders
