with periods as (
    select * from {{ ref('int_orders__customer_periods') }}
),

snapshot_dates as (
    select * from {{ ref('int_calendar__snapshot_dates') }}
    where {{ is_snapshot_in_hand('snapshot_date') }}
),

customer_snapshots as (
    select
        periods.customer_id,
        snapshot_dates.snapshot_date,
        max(periods.last_purchase_date) as last_purchase_date,
        sum(periods.purchases) as lifetime_orders,
        coalesce(
            sum(periods.purchases) filter (where periods.period_start_date >= snapshot_dates.window_start_date), 0
        ) as frequency,
        sum(periods.net_amount) filter (where periods.period_start_date >= snapshot_dates.window_start_date)
            as window_net_amount
    from snapshot_dates
    inner join periods on snapshot_dates.snapshot_date >= periods.period_start_date
    group by
        periods.customer_id,
        snapshot_dates.snapshot_date
    having sum(periods.purchases) > 0
)

select
    customer_id,
    snapshot_date,
    {{ days_between('last_purchase_date', 'snapshot_date') }} as recency_days,
    cast(frequency as bigint) as frequency,
    cast(case when frequency > 0 then window_net_amount else 0 end as decimal(18, 4)) as monetary,
    cast(lifetime_orders as bigint) as lifetime_orders,
    frequency > 0 as is_in_window
from customer_snapshots
