-- every accepted order is classified once, and belongs to a customer of customer_360
with accepted as (
    select count(*) as orders
    from {{ ref('base_webshop__orders') }}
    where reject_reason is null
),

classified as (
    select
        count(*) as orders,
        count(customers.customer_id) as attributed
    from {{ ref('int_orders__classified') }} as orders
    left join {{ ref('customer_360') }} as customers on orders.customer_id = customers.customer_id
)

select
    accepted.orders as accepted_orders,
    classified.orders as classified_orders,
    classified.attributed as attributed_orders
from accepted
cross join classified
where
    accepted.orders <> classified.orders
    or accepted.orders <> classified.attributed
