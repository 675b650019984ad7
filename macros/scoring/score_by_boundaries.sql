{#
  The CTE `limits`: per snapshot date, the worst value of each score that somebody has, from rows of
  rfm_score_boundaries.
#}
{% macro limits_by_boundaries(boundaries) -%}
limits as (
    select
        snapshot_date
        {%- for metric in rfm_metrics() %}
        {%- set worst = 'value_to' if metric.name == 'recency_days' else 'value_from' %}
        {%- for score in range(1, 6) %},
        max({{ worst }}) filter (where metric = '{{ metric.name }}' and score = {{ score }}) as {{ metric.name }}_worst_{{ score }}
        {%- endfor %}
        {%- endfor %}
    from {{ boundaries }}
    group by snapshot_date
)
{%- endmacro %}

{#
  The score of a value by the limits of another snapshot: the highest score whose worst value it reaches, else the lowest
  that somebody has there.
#}
{% macro score_by_boundaries(values_of, metric) -%}
    {%- set reaches = '<=' if metric.name == 'recency_days' else '>=' -%}
    case
        {%- for score in range(5, 0, -1) %}
        when {{ values_of }}{{ metric.name }} {{ reaches }} limits.{{ metric.name }}_worst_{{ score }} then {{ score }}
        {%- endfor %}
        {%- for score in range(1, 6) %}
        when limits.{{ metric.name }}_worst_{{ score }} is not null then {{ score }}
        {%- endfor %}
    end
{%- endmacro %}
