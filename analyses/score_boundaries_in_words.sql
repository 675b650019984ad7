with boundaries as (
    select * from {{ ref('rfm_score_boundaries') }}
),

latest_boundaries as (
    select
        *,
        {% for value in ['value_from', 'value_to'] -%}
        case
            when metric = 'monetary' then cast(cast({{ value }} as decimal(18, 2)) as string)
            else cast(cast({{ value }} as bigint) as string)
        end as {{ value }}_text,
        {% endfor -%}
        case metric
            when 'recency_days' then 'R'
            when 'frequency' then 'F'
            when 'monetary' then 'M'
        end as letter,
        case
            when metric = 'monetary' then '{{ var("base_currency") }} in the window'
            when metric = 'frequency' then case when value_to = 1 then 'order' else 'orders' end || ' in the window'
            else case when value_to = 1 then 'day' else 'days' end || ' since the last order'
        end as unit
    from boundaries
    where snapshot_date = (select max(latest.snapshot_date) from boundaries as latest)
),

totals as (
    select
        metric,
        sum(customers) as customers
    from latest_boundaries
    group by metric
)

select
    latest_boundaries.snapshot_date,
    latest_boundaries.metric,
    latest_boundaries.score,
    latest_boundaries.letter || ' = ' || cast(latest_boundaries.score as string) || ' means '
    || latest_boundaries.value_from_text
    || case
        when latest_boundaries.value_from_text = latest_boundaries.value_to_text then ''
        else ' to ' || latest_boundaries.value_to_text
    end
    || ' ' || latest_boundaries.unit as meaning,
    latest_boundaries.value_from,
    latest_boundaries.value_to,
    latest_boundaries.customers,
    cast(latest_boundaries.customers as double) / cast(totals.customers as double) as share_of_customers
from latest_boundaries
inner join totals on latest_boundaries.metric = totals.metric
order by
    case latest_boundaries.letter when 'R' then 1 when 'F' then 2 else 3 end asc,
    latest_boundaries.score desc
