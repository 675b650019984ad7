with orders as (
    select * from {{ ref('int_orders__counted') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

{{ calendar_months('as_of', 'first_purchase_date', 'as_of_date') }},

amounts as (
    select
        {{ month_start('order_date') }} as month,
        sum(net_amount) as net_revenue,
        coalesce(sum(net_amount) filter (where is_purchase), 0) as purchase_revenue,
        count(*) filter (where is_purchase) as purchases
    from orders
    group by {{ month_start('order_date') }}
),

buyer_months as (
    select
        customer_id,
        {{ month_start('order_date') }} as month,
        min(order_date) as first_order_date,
        max(order_date) as last_order_date,
        sum(net_amount) as purchase_revenue
    from orders
    where is_purchase
    group by
        customer_id,
        {{ month_start('order_date') }}
),

buyers as (
    select
        month,
        first_order_date,
        purchase_revenue,
        lag(last_order_date) over (partition by customer_id order by month) as previous_order_date
    from buyer_months
),

buyer_revenues as (
    select
        month,
        count(*) as active_customers,
        coalesce(sum(purchase_revenue) filter (where previous_order_date is null), 0) as new_revenue,
        coalesce(
            sum(purchase_revenue) filter (
                where previous_order_date < {{ months_later('first_order_date', -12) }}
            ), 0
        ) as reactivated_revenue
    from buyers
    group by month
)

select
    months.month,
    cast(coalesce(amounts.net_revenue, 0) as decimal(18, 4)) as net_revenue,
    cast(coalesce(amounts.purchase_revenue, 0) as decimal(18, 4)) as purchase_revenue,
    coalesce(amounts.purchases, 0) as purchases,
    coalesce(buyer_revenues.active_customers, 0) as active_customers,
    cast(coalesce(buyer_revenues.new_revenue, 0) as decimal(18, 4)) as new_revenue,
    cast(coalesce(buyer_revenues.reactivated_revenue, 0) as decimal(18, 4)) as reactivated_revenue
from months
left join amounts on months.month = amounts.month
left join buyer_revenues on months.month = buyer_revenues.month
