with segments as (
    select * from {{ ref('int_rfm__segments') }}
)

select
    customer_id,
    snapshot_date,
    recency_days,
    frequency,
    monetary,
    lifetime_orders,
    r_score,
    f_score,
    m_score,
    rfm_code,
    segment_code,
    is_in_window
from segments
