with orders as (
    select * from {{ ref('int_orders__counted') }}
    where is_purchase
),

order_lines as (
    select * from {{ ref('stg_webshop__order_lines') }}
),

products as (
    select * from {{ ref('stg_webshop__products') }}
    where category is not null
),

quantities as (
    select
        orders.customer_id,
        products.category,
        sum(order_lines.quantity - coalesce(order_lines.returned_quantity, 0)) as net_quantity
    from order_lines
    inner join orders on order_lines.order_id = orders.order_id
    inner join products on order_lines.product_id = products.product_id
    group by
        orders.customer_id,
        products.category
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
