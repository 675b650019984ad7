with product_days as (
    select * from {{ ref('int_orders__product_days') }}
    where
        category is not null
        and net_quantity > 0
        and {{ 'true' if var('recommend_products') else 'false' }}
)

select distinct
    customer_id,
    category,
    order_date as bought_on
from product_days
