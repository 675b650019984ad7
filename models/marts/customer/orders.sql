with orders as (
    select * from {{ ref('int_orders__classified') }}
),

as_of as (
    select * from {{ ref('int_orders__as_of_date') }}
),

purchase_numbers as (
    select
        order_id,
        row_number() over (partition by customer_id order by ordered_at, order_id) as order_number
    from orders
    where is_purchase
)

select
    orders.order_id,
    orders.customer_id,
    orders.ordered_at,
    orders.order_date,
    purchase_numbers.order_number,
    orders.net_amount,
    orders.is_purchase,
    orders.is_credit_note,
    orders.status,
    orders.sales_channel
from orders
cross join as_of
left join purchase_numbers on orders.order_id = purchase_numbers.order_id
where as_of.as_of_date is null or orders.order_date <= as_of.as_of_date
