with orders as (
    select * from {{ ref('int_orders__classified') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
)

select
    orders.order_id,
    orders.customer_id,
    orders.ordered_at,
    orders.order_date,
    orders.net_amount,
    orders.is_purchase,
    orders.is_credit_note,
    orders.sales_channel
from orders
cross join as_of
where
    (orders.is_purchase or orders.is_credit_note)
    and (as_of.as_of_date is null or orders.order_date <= as_of.as_of_date)
