with customer_months as (
    select * from {{ ref('int_orders__customer_months') }}
),

snapshot_dates as (
    select * from {{ ref('int_calendar__snapshot_dates') }}
),

segment_cells as (
    select * from {{ ref('int_rfm__segment_cells') }}
),

months as (
    select
        order_month,
        sum(purchases) as purchases,
        sum(net_amount) as net_amount,
        bit_xor(orders_hash) as orders_hash
    from customer_months
    group by order_month
),

orders_up_to_date as (
    select
        snapshot_dates.snapshot_date,
        snapshot_dates.window_start_date,
        sum(months.purchases) as purchases,
        sum(months.net_amount) as net_amount,
        bit_xor(months.orders_hash) as orders_hash
    from snapshot_dates
    inner join months on snapshot_dates.snapshot_date >= months.order_month
    group by
        snapshot_dates.snapshot_date,
        snapshot_dates.window_start_date
),

cells as (
    select bit_xor({{ row_hash(['r_score', 'f_score', 'm_score', 'is_one_order_only', 'segment_code']) }}) as cells_hash
    from segment_cells
)

select
    orders_up_to_date.snapshot_date,
    cast(orders_up_to_date.window_start_date as string)
    || ' ' || cast(orders_up_to_date.purchases as string)
    || ' ' || cast(orders_up_to_date.net_amount as string)
    || ' ' || cast(orders_up_to_date.orders_hash as string)
    || ' ' || cast(cells.cells_hash as string) as fingerprint
from orders_up_to_date
cross join cells
