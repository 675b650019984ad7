with counted_orders as (
    select * from {{ ref('int_orders__counted') }}
),

as_of as (
    select
        as_of_date,
        {{ rfm_window_start('as_of_date') }} as window_start_date
    from {{ ref('int_calendar__as_of_date') }}
),

-- months, but for the one that the window of as_of_date begins in: that is split at its first day
placed_orders as (
    select
        counted_orders.order_id,
        counted_orders.customer_id,
        counted_orders.order_date,
        counted_orders.net_amount,
        counted_orders.is_purchase,
        case
            when
                counted_orders.order_date >= as_of.window_start_date
                and {{ month_start('counted_orders.order_date') }} < as_of.window_start_date
                then as_of.window_start_date
            else {{ month_start('counted_orders.order_date') }}
        end as period_start_date
    from counted_orders
    cross join as_of
)

select
    customer_id,
    period_start_date,
    count(*) filter (where is_purchase) as purchases,
    cast(sum(net_amount) as decimal(18, 4)) as net_amount,
    max(order_date) filter (where is_purchase) as last_purchase_date,
    bit_xor({{ row_hash(['order_id', 'customer_id', 'order_date', 'net_amount', 'is_purchase']) }}) as orders_hash
from placed_orders
group by
    customer_id,
    period_start_date
-- in no order that means anything, but the rows of a customer together: each snapshot groups them three times as fast
order by {{ row_hash(['customer_id']) }}
