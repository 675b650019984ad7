with product_days as (
    select * from {{ ref('int_orders__product_days') }}
    where {{ 'true' if var('recommend_products') else 'false' }}
)

select
    customer_id,
    product_id,
    order_date as bought_on,
    net_quantity > 0 as is_kept
from product_days
