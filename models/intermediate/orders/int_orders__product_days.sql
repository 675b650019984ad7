with orders as (
    select * from {{ ref('int_orders__counted') }}
    where is_purchase
),

order_lines as (
    select * from {{ ref('stg_webshop__order_lines') }}
),

products as (
    select * from {{ ref('stg_webshop__products') }}
)

select
    orders.customer_id,
    order_lines.product_id,
    orders.order_date,
    products.category,
    cast(sum(order_lines.quantity - coalesce(order_lines.returned_quantity, 0)) as bigint) as net_quantity
from order_lines
inner join orders on order_lines.order_id = orders.order_id
left join products on order_lines.product_id = products.product_id
group by
    orders.customer_id,
    order_lines.product_id,
    orders.order_date,
    products.category
