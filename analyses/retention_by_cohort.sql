with cohort_retention as (
    select * from {{ ref('cohort_retention') }}
),

-- a month that is cut off can still grow, so it is left out like one that has not begun
whole_months as (
    select
        cohort_month,
        cohort_size,
        months_since_first_order,
        case when is_complete then retention_rate end as retention,
        case when is_complete then retention_low end as low,
        case when is_complete then retention_high end as high
    from cohort_retention
)

select
    cohort_month,
    cohort_size,
    max(case when months_since_first_order = 1 then retention end) as month_1_retention,
    max(case when months_since_first_order = 1 then low end) as month_1_low,
    max(case when months_since_first_order = 1 then high end) as month_1_high,
    max(case when months_since_first_order = 3 then retention end) as month_3_retention,
    max(case when months_since_first_order = 3 then low end) as month_3_low,
    max(case when months_since_first_order = 3 then high end) as month_3_high,
    max(case when months_since_first_order = 6 then retention end) as month_6_retention,
    max(case when months_since_first_order = 6 then low end) as month_6_low,
    max(case when months_since_first_order = 6 then high end) as month_6_high,
    max(case when months_since_first_order = 12 then retention end) as month_12_retention,
    max(case when months_since_first_order = 12 then low end) as month_12_low,
    max(case when months_since_first_order = 12 then high end) as month_12_high
from whole_months
group by
    cohort_month,
    cohort_size
order by cohort_month
