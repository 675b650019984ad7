with counted_orders as (
    select * from {{ ref('int_orders__counted') }}
),

totals as (
    select
        customer_id,
        min(order_date) filter (where is_purchase) as first_order_date,
        max(order_date) filter (where is_purchase) as last_order_date,
        max(ordered_at) filter (where is_purchase) as last_ordered_at,
        count(*) filter (where is_purchase) as lifetime_orders,
        cast(sum(net_amount) as decimal(18, 4)) as lifetime_net_revenue
    from counted_orders
    group by customer_id
),

channel_counts as (
    select
        customer_id,
        sales_channel,
        row_number() over (
            partition by customer_id order by count(*) desc, max(order_date) desc, sales_channel
        ) as preference
    from counted_orders
    where
        is_purchase
        and sales_channel is not null
    group by
        customer_id,
        sales_channel
)

select
    totals.customer_id,
    totals.first_order_date,
    totals.last_order_date,
    totals.last_ordered_at,
    totals.lifetime_orders,
    totals.lifetime_net_revenue,
    {{ divided_money('totals.lifetime_net_revenue', 'totals.lifetime_orders') }} as average_order_value,
    channel_counts.sales_channel as preferred_sales_channel
from totals
left join channel_counts
    on
        totals.customer_id = channel_counts.customer_id
        and channel_counts.preference = 1
