{#
  The limits of the scores 1 to 4 per snapshot date, over those in the window: `<metric>_limit_1` to `<metric>_limit_4`
  are the best values of these scores, of the type that they are compared with. Values are ranked from worst to best.

  `together` is the NTILE(5) that never splits a tie: a score ends with the value at its last position and takes
  every customer with that value; the remaining customers are shared among the remaining scores. By `rank` a score is
  1 + (5 k) div N, where k of the N customers have a worse value: the best value of a score is the best one that
  scores no more, so the limit of a score that nobody has is that of the score below it.
#}
{% macro score_limits(metrics_relation, metrics) -%}
with metrics as (
    select * from {{ metrics_relation }}
    where is_in_window
),

value_counts as (
    {%- for metric in metrics %}
    select
        snapshot_date,
        '{{ metric.name }}' as metric,
        cast({{ metric.ranked }} as decimal(18, 4)) as ranked_value,
        count(*) as customers
    from metrics
    group by snapshot_date, {{ metric.name }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- the position of the last customer with each value
value_positions as (
    select
        snapshot_date,
        metric,
        ranked_value,
        customers,
        cast(
            sum(customers) over (
                partition by snapshot_date, metric order by ranked_value
                rows between unbounded preceding and current row
            ) as bigint
        ) as last_position
    from value_counts
),

populations as (
    select
        snapshot_date,
        metric,
        max(last_position) as population
    from value_positions
    group by snapshot_date, metric
),
{% if var('rfm_tie_method') == 'rank' %}
limits as (
    select
        value_positions.snapshot_date,
        value_positions.metric,
        {%- for score in range(1, 5) %}
        max(value_positions.ranked_value) filter (
            where 5 * (value_positions.last_position - value_positions.customers) < {{ score }} * populations.population
        ) as limit_{{ score }}{{ ',' if not loop.last }}
        {%- endfor %}
    from value_positions
    inner join populations
        on
            value_positions.snapshot_date = populations.snapshot_date
            and value_positions.metric = populations.metric
    group by
        value_positions.snapshot_date,
        value_positions.metric
)
{%- else %}
score_0 as (
    select
        snapshot_date,
        metric,
        population,
        cast(0 as bigint) as last_position
    from populations
)
{%- for score in range(1, 5) %},

score_{{ score }} as (
    select
        score_{{ score - 1 }}.snapshot_date,
        score_{{ score - 1 }}.metric,
        score_{{ score - 1 }}.population,
        {%- for earlier in range(1, score) %}
        max(score_{{ score - 1 }}.limit_{{ earlier }}) as limit_{{ earlier }},
        {%- endfor %}
        min(value_positions.ranked_value) as limit_{{ score }},
        -- when the customers ran out, the higher scores stay empty
        coalesce(min(value_positions.last_position), score_{{ score - 1 }}.population) as last_position
    from score_{{ score - 1 }}
    left join value_positions
        on
            score_{{ score - 1 }}.snapshot_date = value_positions.snapshot_date
            and score_{{ score - 1 }}.metric = value_positions.metric
            and value_positions.last_position > score_{{ score - 1 }}.last_position
            and value_positions.last_position >= score_{{ score - 1 }}.last_position + ceil(
                (score_{{ score - 1 }}.population - score_{{ score - 1 }}.last_position) / {{ 6 - score }}.0
            )
    group by
        score_{{ score - 1 }}.snapshot_date,
        score_{{ score - 1 }}.metric,
        score_{{ score - 1 }}.population,
        score_{{ score - 1 }}.last_position
)
{%- endfor %},

limits as (
    select * from score_4
)
{%- endif %}

select
    snapshot_date,
    {%- for metric in metrics %}
    {%- set metric_loop = loop %}
    {%- for score in range(1, 5) %}
    cast(max(limit_{{ score }}) filter (where metric = '{{ metric.name }}') as {{ metric.type }}) as {{ metric.name }}_limit_{{ score }}
        {{- ',' if not (metric_loop.last and loop.last) }}
    {%- endfor %}
    {%- endfor %}
from limits
group by snapshot_date
{%- endmacro %}
