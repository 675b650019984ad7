-- depends_on: {{ ref('int_engagement__snapshot_fingerprints') }}
{{ config(
    materialized='history_by_month',
    meta={'fingerprints': 'int_engagement__snapshot_fingerprints'}
) }}

with scores as (
    select * from {{ ref('int_engagement__scores') }}
),

band_cells as (
    select * from {{ ref('int_engagement__band_cells') }}
)

select
    scores.customer_id,
    scores.snapshot_date,
    scores.recency_days,
    scores.frequency,
    scores.engagement,
    scores.duration_seconds,
    scores.r_score,
    scores.f_score,
    scores.e_score,
    scores.d_score,
    cast(100 * scores.r_score + 10 * scores.f_score + scores.e_score as string) as rfe_code,
    cast(100 * scores.r_score + 10 * scores.f_score + scores.d_score as string) as rfd_code,
    band_cells.band_code as engagement_band,
    scores.is_in_window
from scores
inner join band_cells
    on
        scores.r_score = band_cells.r_score
        and scores.f_score = band_cells.f_score
        and scores.e_score = band_cells.e_score
