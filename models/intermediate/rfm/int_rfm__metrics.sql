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

{{ sums_in_windows(
    'customer_months', 'order_month', 'counted_orders', 'order_date', 'last_purchase_date',
    sums={
        'frequency': ['purchases', 'case when counted_orders.is_purchase then 1 else 0 end'],
        'net_amount': ['net_amount', 'counted_orders.net_amount'],
    },
    ever={'lifetime_orders': 'purchases'}
) }}

select
    customer_id,
    snapshot_date,
    {{ days_between('last_purchase_date', 'snapshot_date') }} as recency_days,
    cast(frequency as bigint) as frequency,
    cast(case when frequency > 0 then net_amount else 0 end as decimal(18, 4)) as monetary,
    cast(lifetime_orders as bigint) as lifetime_orders,
    frequency > 0 as is_in_window
from windows
where lifetime_orders > 0
