-- depends_on: {{ ref('int_rfm__score_limits') }}
with metrics as (
    select * from {{ ref('int_rfm__metrics') }}
),
{% if var('rfm_tie_method') in ('together', 'rank') %}
score_limits as (
    select * from {{ ref('int_rfm__score_limits') }}
),

scored as (
    select
        metrics.*,
        case
            when not metrics.is_in_window then 1
            when -metrics.recency_days <= score_limits.recency_days_limit_1 then 1
            when -metrics.recency_days <= score_limits.recency_days_limit_2 then 2
            when -metrics.recency_days <= score_limits.recency_days_limit_3 then 3
            when -metrics.recency_days <= score_limits.recency_days_limit_4 then 4
            else 5
        end as r_score,
        case
            when not metrics.is_in_window then 1
            when metrics.frequency <= score_limits.frequency_limit_1 then 1
            when metrics.frequency <= score_limits.frequency_limit_2 then 2
            when metrics.frequency <= score_limits.frequency_limit_3 then 3
            when metrics.frequency <= score_limits.frequency_limit_4 then 4
            else 5
        end as f_score,
        case
            when not metrics.is_in_window then 1
            when metrics.monetary <= score_limits.monetary_limit_1 then 1
            when metrics.monetary <= score_limits.monetary_limit_2 then 2
            when metrics.monetary <= score_limits.monetary_limit_3 then 3
            when metrics.monetary <= score_limits.monetary_limit_4 then 4
            else 5
        end as m_score
    from metrics
    left join score_limits on metrics.snapshot_date = score_limits.snapshot_date
)
{% else %}
scored as (
    select
        *,
        case
            when is_in_window
                then ntile(5) over (partition by snapshot_date, is_in_window order by recency_days desc, customer_id)
            else 1
        end as r_score,
        case
            when is_in_window
                then ntile(5) over (partition by snapshot_date, is_in_window order by frequency, customer_id)
            else 1
        end as f_score,
        case
            when is_in_window
                then ntile(5) over (partition by snapshot_date, is_in_window order by monetary, customer_id)
            else 1
        end as m_score
    from metrics
)
{% endif %}
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
