{#
  CTEs up to `rescored`: rows of RFM values (a CTE of the query) with `segment_by_limits`, the segment that they would have
  by the limits of the snapshot in their column `snapshot`. A value between the limits of two scores has the highest score
  whose worst value it reaches, else the lowest that somebody has there.
#}
{% macro segments_by_boundaries(rows, snapshot) -%}
    {%- set metrics = rfm_metrics() -%}
    limits as (
        select
            snapshot_date
            {%- for metric in metrics %}
            {%- set worst = 'value_to' if metric.name == 'recency_days' else 'value_from' %}
            {%- for score in range(1, 6) %},
            max({{ worst }}) filter (where metric = '{{ metric.name }}' and score = {{ score }})
                as {{ metric.name }}_worst_{{ score }}
            {%- endfor %}
            {%- endfor %}
        from {{ ref('rfm_score_boundaries') }}
        group by snapshot_date
    ),

    scored_by_limits as (
        select
            {{ rows }}.*,
            {%- for metric in metrics %}
            {%- set value = rows ~ '.' ~ metric.name %}
            {%- set reaches = '<=' if metric.name == 'recency_days' else '>=' %}
            case
                {%- for score in range(5, 0, -1) %}
                when {{ value }} {{ reaches }} limits.{{ metric.name }}_worst_{{ score }} then {{ score }}
                {%- endfor %}
                {%- for score in range(1, 6) %}
                when limits.{{ metric.name }}_worst_{{ score }} is not null then {{ score }}
                {%- endfor %}
            end as {{ metric.score }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ rows }}
        left join limits on {{ rows }}.{{ snapshot }} = limits.snapshot_date
    ),

    rescored as (
        select
            scored_by_limits.*,
            segment_cells.segment_code as segment_by_limits
        from scored_by_limits
        left join {{ ref('int_rfm__segment_cells') }} as segment_cells
            on
                scored_by_limits.r_score = segment_cells.r_score
                and scored_by_limits.f_score = segment_cells.f_score
                and scored_by_limits.m_score = segment_cells.m_score
                and (scored_by_limits.lifetime_orders = 1) = segment_cells.is_one_order_only
    )
{%- endmacro %}
