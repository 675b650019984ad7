with product_days as (
    select * from {{ ref('int_orders__product_days') }}
    where category is not null
),

quantities as (
    select
        customer_id,
        category,
        sum(net_quantity) as net_quantity
    from product_days
    group by
        customer_id,
        category
),

ranked as (
    select
        customer_id,
        category,
        row_number() over (partition by customer_id order by net_quantity desc, category) as preference
    from quantities
    where net_quantity > 0
)

select
    customer_id,
    category as top_category
from ranked
where preference = 1
