with history as (
    select * from {{ ref('customer_segment_history') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
)

select
    history.customer_id,
    history.snapshot_date,
    history.recency_days,
    history.frequency,
    history.monetary,
    history.lifetime_orders,
    history.r_score,
    history.f_score,
    history.m_score,
    history.rfm_code,
    history.segment_code,
    history.is_in_window
from history
inner join as_of on history.snapshot_date = as_of.as_of_date
