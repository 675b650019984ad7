with orders as (
    select * from {{ ref('int_orders__counted') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

purchase_days as (
    select
        customer_id,
        order_date,
        sum(net_amount) as spend,
        min(order_date) over (partition by customer_id) as first_order_date
    from orders
    where
        is_purchase
        and {{ 'true' if var('predict_purchases') else 'false' }}
    group by
        customer_id,
        order_date
)

select
    purchase_days.customer_id,
    count(*) as purchase_days,
    {{ days_between('min(purchase_days.order_date)', 'max(purchase_days.order_date)') }} as recency_days,
    {{ days_between('min(purchase_days.order_date)', 'max(as_of.as_of_date)') }} as age_days,
    {{ money_units('coalesce(sum(purchase_days.spend) filter (
        where purchase_days.order_date > purchase_days.first_order_date
    ), 0)') }} as repeat_spend_units
from purchase_days
cross join as_of
group by purchase_days.customer_id
