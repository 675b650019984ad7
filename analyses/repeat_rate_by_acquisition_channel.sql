{#- Months in which the second purchase must follow; z of a 95% interval. -#}
{%- set months = 6 -%}
{%- set z = 1.959963984540054 -%}
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

second_orders as (
    select
        customer_id,
        order_date
    from orders
    where order_number = 2
),

-- only customers who had all of that time: otherwise young channels would look worse than they are
first_months as (
    select
        coalesce(customers.acquisition_channel, '(unknown)') as acquisition_channel,
        customers.lifetime_net_revenue,
        coalesce(
            second_orders.order_date <= {{ months_later('customers.first_order_date', months) }}, false
        ) as is_repeated
    from customers
    cross join as_of
    left join second_orders on customers.customer_id = second_orders.customer_id
    where {{ months_later('customers.first_order_date', months) }} <= as_of.as_of_date
),

channels as (
    select
        acquisition_channel,
        count(*) as customers,
        count(*) filter (where is_repeated) as repeat_customers,
        cast(count(*) as double) as trials,
        cast(count(*) filter (where is_repeated) as double) as successes,
        cast(sum(lifetime_net_revenue) as decimal(18, 4)) as lifetime_net_revenue
    from first_months
    group by acquisition_channel
),

-- Wilson interval: centre and half width
intervals as (
    select
        *,
        (successes + {{ z * z / 2 }}) / (trials + {{ z * z }}) as centre,
        {{ z }} * sqrt(successes * (trials - successes) / trials + {{ z * z / 4 }}) / (trials + {{ z * z }}) as margin
    from channels
)

select
    acquisition_channel,
    customers,
    repeat_customers,
    successes / trials as repeat_rate,
    case when repeat_customers = 0 then cast(0 as double) else centre - margin end as rate_low,
    case when repeat_customers = customers then cast(1 as double) else centre + margin end as rate_high,
    {{ divided_money('lifetime_net_revenue', 'customers') }} as revenue_per_customer
from intervals
order by
    repeat_rate desc,
    acquisition_channel asc
