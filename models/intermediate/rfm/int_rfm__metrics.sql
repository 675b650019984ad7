with customer_months as (
    select * from {{ ref('int_orders__customer_months') }}
),

counted_orders as (
    select * from {{ ref('int_orders__counted') }}
),

snapshot_dates as (
    select * from {{ ref('int_calendar__snapshot_dates') }}
    where {{ is_snapshot_in_hand('snapshot_date') }}
),

split_windows as (
    select * from snapshot_dates
    where window_start_date <> {{ month_start('window_start_date') }}
),

-- the window of a snapshot that is no month-end begins within a month: of that month, the orders in the window
amounts as (
    select
        customer_months.customer_id,
        snapshot_dates.snapshot_date,
        customer_months.last_purchase_date,
        customer_months.purchases as lifetime_orders,
        case
            when customer_months.order_month >= snapshot_dates.window_start_date then customer_months.purchases
            else 0
        end as frequency,
        case
            when customer_months.order_month >= snapshot_dates.window_start_date then customer_months.net_amount
            else 0
        end as net_amount
    from snapshot_dates
    inner join customer_months on snapshot_dates.snapshot_date >= customer_months.order_month
    union all
    select
        counted_orders.customer_id,
        split_windows.snapshot_date,
        null as last_purchase_date,
        0 as lifetime_orders,
        case when counted_orders.is_purchase then 1 else 0 end as frequency,
        counted_orders.net_amount
    from split_windows
    inner join counted_orders
        on
            split_windows.window_start_date <= counted_orders.order_date
            and {{ month_end('split_windows.window_start_date') }} >= counted_orders.order_date
),

windows as (
    select
        customer_id,
        snapshot_date,
        max(last_purchase_date) as last_purchase_date,
        sum(lifetime_orders) as lifetime_orders,
        sum(frequency) as frequency,
        sum(net_amount) as net_amount
    from amounts
    group by
        customer_id,
        snapshot_date
    having sum(lifetime_orders) > 0
)

select
    customer_id,
    snapshot_date,
    {{ days_between('last_purchase_date', 'snapshot_date') }} as recency_days,
    cast(frequency as bigint) as frequency,
    cast(case when frequency > 0 then net_amount else 0 end as decimal(18, 4)) as monetary,
    cast(lifetime_orders as bigint) as lifetime_orders,
    frequency > 0 as is_in_window
from windows
