with periods as (
    select * from {{ ref('int_orders__customer_periods') }}
),

snapshot_dates as (
    select * from {{ ref('int_calendar__snapshot_dates') }}
),

segment_cells as (
    select * from {{ ref('int_rfm__segment_cells') }}
),

-- a month that is split in two gives the same sums and hashes as when it was one
hashed_periods as (
    select
        period_start_date,
        sum(purchases) as purchases,
        sum(net_amount) as net_amount,
        bit_xor(orders_hash) as orders_hash
    from periods
    group by period_start_date
),

hashed_orders as (
    select
        snapshot_dates.snapshot_date,
        snapshot_dates.window_start_date,
        sum(hashed_periods.purchases) as purchases,
        sum(hashed_periods.net_amount) as net_amount,
        bit_xor(hashed_periods.orders_hash) as orders_hash
    from snapshot_dates
    inner join hashed_periods on snapshot_dates.snapshot_date >= hashed_periods.period_start_date
    group by
        snapshot_dates.snapshot_date,
        snapshot_dates.window_start_date
),

hashed_cells as (
    select bit_xor({{ row_hash(['r_score', 'f_score', 'm_score', 'is_one_order_only', 'segment_code']) }}) as cells_hash
    from segment_cells
)

select
    hashed_orders.snapshot_date,
    cast(hashed_orders.window_start_date as string)
    || ' ' || cast(hashed_orders.purchases as string)
    || ' ' || cast(hashed_orders.net_amount as string)
    || ' ' || cast(hashed_orders.orders_hash as string)
    || ' ' || cast(hashed_cells.cells_hash as string) as fingerprint
from hashed_orders
cross join hashed_cells
