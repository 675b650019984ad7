-- depends_on: {{ ref('int_rfm__snapshot_fingerprints') }}
{{ config(
    materialized='history_by_month',
    meta={'fingerprints': 'int_rfm__snapshot_fingerprints'}
) }}

with scores as (
    select * from {{ ref('int_rfm__scores') }}
),

segment_cells as (
    select * from {{ ref('int_rfm__segment_cells') }}
)

select
    scores.customer_id,
    scores.snapshot_date,
    scores.recency_days,
    scores.frequency,
    scores.monetary,
    scores.lifetime_orders,
    scores.r_score,
    scores.f_score,
    scores.m_score,
    cast(100 * scores.r_score + 10 * scores.f_score + scores.m_score as string) as rfm_code,
    case when scores.is_in_window then segment_cells.segment_code else 'lost' end as segment_code,
    scores.is_in_window
from scores
inner join segment_cells
    on
        scores.r_score = segment_cells.r_score
        and scores.f_score = segment_cells.f_score
        and scores.m_score = segment_cells.m_score
        and (scores.lifetime_orders = 1) = segment_cells.is_one_order_only
