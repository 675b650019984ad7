with orders as (
    select * from {{ ref('int_orders__classified') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
)

select
    min(orders.order_date) as first_order_date,
    max(coalesce(as_of.as_of_date, orders.order_date)) as last_date,
    max(as_of.as_of_date) as as_of_date
from orders
cross join as_of
where as_of.as_of_date is null or orders.order_date <= as_of.as_of_date
