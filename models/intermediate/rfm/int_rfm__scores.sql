with metrics as (
    select * from {{ ref('int_rfm__metrics') }}
),
{% if var('rfm_tie_method') == 'together' %}
score_limits as (
    select * from {{ ref('int_rfm__score_limits') }}
),

scored as (
    select
        metrics.*,
        {%- for score, metric, value in [
            ('r_score', 'recency_days', '-metrics.recency_days'),
            ('f_score', 'frequency', 'metrics.frequency'),
            ('m_score', 'monetary', 'metrics.monetary'),
        ] %}
        case
            when not metrics.is_in_window then 1
            {%- for limit in range(1, 5) %}
            when {{ value }} <= score_limits.{{ metric }}_limit_{{ limit }} then {{ limit }}
            {%- endfor %}
            else 5
        end as {{ score }}{{ ',' if not loop.last }}
        {%- endfor %}
    from metrics
    left join score_limits on metrics.snapshot_date = score_limits.snapshot_date
)
{% else %}
scored as (
    select
        *,
        {%- for score, value in [('r_score', 'recency_days desc'), ('f_score', 'frequency'), ('m_score', 'monetary')] %}
        case
            when is_in_window
                then ntile(5) over (partition by snapshot_date, is_in_window order by {{ value }}, customer_id)
            else 1
        end as {{ score }}{{ ',' if not loop.last }}
        {%- endfor %}
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
