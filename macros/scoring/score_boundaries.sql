{# The least and greatest value of each score, per snapshot date and metric, of the rows in `history_in_window`. #}
{% macro score_boundaries(metrics) -%}
    {%- for metric in metrics %}
select
    snapshot_date,
    '{{ metric.name }}' as metric,
    {{ metric.score }} as score,
    cast(min({{ metric.name }}) as decimal(18, 4)) as value_from,
    cast(max({{ metric.name }}) as decimal(18, 4)) as value_to,
    count(*) as customers
from history_in_window
group by snapshot_date, {{ metric.score }}
    {%- if not loop.last %}
union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
