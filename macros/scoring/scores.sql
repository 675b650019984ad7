{#
  The scores of each row of metrics, 1 to 5 and 1 outside the window: by the limits of `score_limits`, or by NTILE with
  ties broken by customer_id.
#}
{% macro scored_metrics(metrics_relation, limits_relation, metrics) -%}
{%- if var('rfm_tie_method') == 'ntile' -%}
    select
        *,
        {%- for metric in metrics %}
        case
            when is_in_window
                then ntile(5) over (
                    partition by snapshot_date, is_in_window
                    order by {{ metric.ranked }} asc nulls last, customer_id asc
                )
            else 1
        end as {{ metric.score }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ metrics_relation }}
{%- else -%}
    select
        metrics.*,
        {%- for metric in metrics %}
        {{ score_by_limits('metrics.', metric) }} as {{ metric.score }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ metrics_relation }} as metrics
    left join {{ limits_relation }} as score_limits on metrics.snapshot_date = score_limits.snapshot_date
{%- endif -%}
{%- endmacro %}

{# The score of a metric by the limits of `score_limits`; `values_of` is the alias of the row with the value. #}
{% macro score_by_limits(values_of, metric) -%}
    {%- set ranked = metric.ranked | replace(metric.name, values_of ~ metric.name) -%}
    case
        when not {{ values_of }}is_in_window then 1
        {%- for score in range(1, 5) %}
        when {{ ranked }} <= score_limits.{{ metric.name }}_limit_{{ score }} then {{ score }}
        {%- endfor %}
        else 5
    end
{%- endmacro %}
