with product_days as (
    select * from {{ ref('int_orders__product_days') }}
    where {{ 'true' if var('recommend_products') else 'false' }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

recent as (
    select
        product_days.customer_id,
        product_days.product_id,
        product_days.order_date >= {{ window_start('as_of.as_of_date', var('affinity_window_months')) }} as is_recent,
        product_days.net_quantity
    from product_days
    cross join as_of
)

select
    customer_id,
    product_id,
    coalesce(sum(net_quantity) filter (where is_recent), 0) > 0 as is_in_window
from recent
group by
    customer_id,
    product_id
