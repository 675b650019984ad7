with orders as (
    select * from {{ ref('int_orders__counted') }}
    where
        is_purchase
        and {{ 'true' if var('predict_purchases') else 'false' }}
)

select
    customer_id,
    order_date,
    {{ money_units('sum(net_amount)') }} as spend_units
from orders
group by
    customer_id,
    order_date
