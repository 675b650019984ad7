with customers as (
    select count(*) as customers
    from {{ ref('customer_360') }}
    where first_order_date is not null
),

channels as (
    select coalesce(sum(new_customers), 0) as new_customers
    from {{ ref('channel_performance') }}
)

select
    customers.customers,
    channels.new_customers
from customers
cross join channels
where customers.customers <> channels.new_customers
