{%- set metrics = engagement_metrics() -%}
with scored as (
    {{ scored_metrics(ref('int_engagement__metrics'), ref('int_engagement__score_limits'), metrics) | indent(4) }}
)

select
    customer_id,
    snapshot_date,
    recency_days,
    frequency,
    engagement,
    duration_seconds,
    cast(r_score as bigint) as r_score,
    cast(f_score as bigint) as f_score,
    cast(e_score as bigint) as e_score,
    cast(d_score as bigint) as d_score,
    is_in_window
from scored
