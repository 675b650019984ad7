with customers as (
    select * from {{ ref('customer_360') }}
),

orders as (
    select * from {{ ref('orders') }}
),

snapshots as (
    select * from {{ ref('snapshots') }}
),

as_of as (
    select max(snapshot_date) as as_of_date
    from snapshots
),

-- the last winter that is complete at the as-of date
winter as (
    select
        {{ months_later(month_start('max(snapshot_date)'), -2) }} as first_day,
        max(snapshot_date) as last_day
    from snapshots
    where
        is_month_end
        and extract(month from snapshot_date) = 2
)

select
    customers.customer_id,
    orders.order_date,
    orders.net_amount,
    orders.sales_channel,
    customers.acquisition_channel,
    customers.segment_code,
    {{ days_between('orders.order_date', 'as_of.as_of_date') }} as days_since_order
from customers
inner join orders on customers.customer_id = orders.customer_id
cross join winter
cross join as_of
where
    customers.lifetime_orders = 1
    and customers.has_marketing_consent
    and orders.order_number = 1
    and orders.order_date between winter.first_day and winter.last_day
order by
    orders.net_amount desc,
    customers.customer_id asc
