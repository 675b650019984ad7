with history as (
    select * from {{ ref('customer_engagement_history') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
)

select
    history.customer_id,
    history.snapshot_date,
    history.recency_days,
    history.frequency,
    history.engagement,
    history.duration_seconds,
    history.r_score,
    history.f_score,
    history.e_score,
    history.d_score,
    history.rfe_code,
    history.rfd_code,
    history.engagement_band,
    history.is_in_window
from history
inner join as_of on history.snapshot_date = as_of.as_of_date
