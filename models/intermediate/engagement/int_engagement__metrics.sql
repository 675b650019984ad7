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

split_windows as (
    select * from snapshot_dates
    where window_start_date <> {{ month_start('window_start_date') }}
),

-- the window of a snapshot that is no month-end begins within a month: of that month, the acts in the window
amounts as (
    select
        customer_months.customer_id,
        snapshot_dates.snapshot_date,
        customer_months.last_act_date,
        case
            when customer_months.act_month >= snapshot_dates.window_start_date then customer_months.acts
            else 0
        end as frequency,
        case
            when customer_months.act_month >= snapshot_dates.window_start_date then customer_months.engagement
            else 0
        end as engagement,
        case
            when customer_months.act_month >= snapshot_dates.window_start_date then customer_months.duration_seconds
            else 0
        end as duration_seconds
    from snapshot_dates
    inner join customer_months on snapshot_dates.snapshot_date >= customer_months.act_month
    union all
    select
        acts.customer_id,
        split_windows.snapshot_date,
        null as last_act_date,
        1 as frequency,
        acts.engagement,
        acts.duration_seconds
    from split_windows
    inner join acts
        on
            split_windows.window_start_date <= acts.act_date
            and {{ month_end('split_windows.window_start_date') }} >= acts.act_date
),

windows as (
    select
        customer_id,
        snapshot_date,
        max(last_act_date) as last_act_date,
        sum(frequency) as frequency,
        sum(engagement) as engagement,
        sum(duration_seconds) as duration_seconds
    from amounts
    group by
        customer_id,
        snapshot_date
)

select
    customer_id,
    snapshot_date,
    {{ days_between('last_act_date', 'snapshot_date') }} as recency_days,
    cast(frequency as bigint) as frequency,
    cast(engagement as decimal(18, 4)) as engagement,
    cast(duration_seconds as bigint) as duration_seconds,
    frequency > 0 as is_in_window
from windows
