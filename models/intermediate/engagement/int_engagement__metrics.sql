with customer_months as (
    select * from {{ ref('int_engagement__customer_months') }}
),

acts as (
    select * from {{ ref('int_engagement__acts') }}
),

snapshot_dates as (
    select
        snapshot_date,
        engagement_window_start_date as window_start_date
    from {{ ref('int_calendar__snapshot_dates') }}
    where {{ is_snapshot_in_hand('snapshot_date') }}
),

{{ sums_in_windows(
    'customer_months', 'act_month', 'acts', 'act_date', 'last_act_date',
    sums={
        'frequency': ['acts', '1'],
        'engagement': ['engagement', 'acts.engagement'],
        'duration_seconds': ['duration_seconds', 'acts.duration_seconds'],
    }
) }}

select
    customer_id,
    snapshot_date,
    {{ days_between('last_act_date', 'snapshot_date') }} as recency_days,
    cast(frequency as bigint) as frequency,
    cast(engagement as decimal(18, 4)) as engagement,
    cast(duration_seconds as bigint) as duration_seconds,
    frequency > 0 as is_in_window
from windows
