with scored as (
    {{ scored_metrics(ref('int_rfm__metrics'), ref('int_rfm__score_limits'), rfm_metrics()) | indent(4) }}
)

select
    customer_id,
    snapshot_date,
    recency_days,
    frequency,
    monetary,
    lifetime_orders,
    cast(r_score as bigint) as r_score,
    cast(f_score as bigint) as f_score,
    cast(m_score as bigint) as m_score,
    is_in_window
from scored
