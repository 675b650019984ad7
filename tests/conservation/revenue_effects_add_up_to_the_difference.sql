-- the four effects add up to the change of net revenue since the month before, and since a year before, or all are null
with drivers as (
    select * from {{ ref('revenue_drivers') }}
),

comparisons as (
    select
        month,
        'month before' as compared_with,
        net_revenue - previous_net_revenue as difference,
        customers_effect as by_customers,
        frequency_effect as by_frequency,
        value_effect as by_value,
        other_effect as by_other
    from drivers
    union all
    select
        month,
        'year before' as compared_with,
        net_revenue - yearly_previous_net_revenue as difference,
        yearly_customers_effect as by_customers,
        yearly_frequency_effect as by_frequency,
        yearly_value_effect as by_value,
        yearly_other_effect as by_other
    from drivers
)

select *
from comparisons
where
    by_customers + by_frequency + by_value + by_other <> difference
    -- a sum is null where one of them is
    or (
        coalesce(by_customers, by_frequency, by_value, by_other) is not null
        and by_customers + by_frequency + by_value + by_other - difference is null
    )
