with products as (
    select * from {{ ref('stg_webshop__products') }}
),

order_lines as (
    select * from {{ ref('stg_webshop__order_lines') }}
),

-- a product that only an order line names is one without attributes
product_ids as (
    select product_id
    from products
    union
    select product_id
    from order_lines
)

select
    product_ids.product_id,
    products.product_name,
    products.category,
    products.is_in_stock
from product_ids
left join products on product_ids.product_id = products.product_id
