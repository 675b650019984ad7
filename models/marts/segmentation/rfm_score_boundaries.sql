with history as (
    select * from {{ ref('customer_segment_history') }}
    where is_in_window
)
{% for metric, score in [('recency_days', 'r_score'), ('frequency', 'f_score'), ('monetary', 'm_score')] %}
select
    snapshot_date,
    '{{ metric }}' as metric,
    {{ score }} as score,
    cast(min({{ metric }}) as decimal(18, 4)) as value_from,
    cast(max({{ metric }}) as decimal(18, 4)) as value_to,
    count(*) as customers
from history
group by snapshot_date, {{ score }}
{% if not loop.last %}union all{% endif %}
{%- endfor %}
