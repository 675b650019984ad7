{%- set months = [1, 3, 6, 12] -%}
with cohort_retention as (
    select * from {{ ref('cohort_retention') }}
)

-- a month that is cut off can only grow, so it is left out like one that has not come yet
select
    cohort_month,
    cohort_size,
    {%- for month in months %}
    max(case when months_since_first_order = {{ month }} and is_complete then retention_rate end)
        as month_{{ month }}_retention,
    max(case when months_since_first_order = {{ month }} and is_complete then retention_low end)
        as month_{{ month }}_low,
    max(case when months_since_first_order = {{ month }} and is_complete then retention_high end)
        as month_{{ month }}_high{{ ',' if not loop.last }}
    {%- endfor %}
from cohort_retention
group by
    cohort_month,
    cohort_size
order by cohort_month
