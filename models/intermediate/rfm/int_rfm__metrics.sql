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
orders_in_split_months as (
    select
        counted_orders.customer_id,
        split_windows.snapshot_date,
        count(*) filter (where counted_orders.is_purchase) as purchases,
        sum(counted_orders.net_amount) as net_amount
    from split_windows
    inner join counted_orders
        on
            split_windows.window_start_date <= counted_orders.order_date
            and {{ month_end('split_windows.window_start_date') }} >= counted_orders.order_date
    group by
        counted_orders.customer_id,
        split_windows.snapshot_date
),

customer_snapshots as (
    select
        customer_months.customer_id,
        snapshot_dates.snapshot_date,
        max(customer_months.last_purchase_date) as last_purchase_date,
        sum(customer_months.purchases) as lifetime_orders,
        coalesce(
            sum(customer_months.purchases) filter (
                where customer_months.order_month >= snapshot_dates.window_start_date
            ), 0
        ) as purchases_in_whole_months,
        coalesce(
            sum(customer_months.net_amount) filter (
                where customer_months.order_month >= snapshot_dates.window_start_date
            ), 0
        ) as net_amount_in_whole_months
    from snapshot_dates
    inner join customer_months on snapshot_dates.snapshot_date >= customer_months.order_month
    group by
        customer_months.customer_id,
        snapshot_dates.snapshot_date
    having sum(customer_months.purchases) > 0
),

windows as (
    select
        customer_snapshots.customer_id,
        customer_snapshots.snapshot_date,
        customer_snapshots.last_purchase_date,
        customer_snapshots.lifetime_orders,
        customer_snapshots.purchases_in_whole_months + coalesce(orders_in_split_months.purchases, 0) as frequency,
        customer_snapshots.net_amount_in_whole_months + coalesce(orders_in_split_months.net_amount, 0) as net_amount
    from customer_snapshots
    left join orders_in_split_months
        on
            customer_snapshots.customer_id = orders_in_split_months.customer_id
            and customer_snapshots.snapshot_date = orders_in_split_months.snapshot_date
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
