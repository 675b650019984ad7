with periods as (
    select * from {{ ref('int_orders__customer_periods') }}
),

customer_cohorts as (
    select
        customer_id,
        {{ month_start('min(period_start_date)') }} as cohort_month
    from periods
    where purchases > 0
    group by customer_id
),

-- a month may be split in two periods
customer_months as (
    select
        customer_cohorts.cohort_month,
        periods.customer_id,
        -- a credit note before the first purchase counts in month 0
        greatest(
            {{ month_number('periods.period_start_date') }} - {{ month_number('customer_cohorts.cohort_month') }}, 0
        ) as months_since_first_order,
        sum(periods.net_amount) as net_revenue,
        sum(periods.purchases) > 0 as is_active
    from periods
    inner join customer_cohorts on periods.customer_id = customer_cohorts.customer_id
    group by
        customer_cohorts.cohort_month,
        periods.customer_id,
        greatest(
            {{ month_number('periods.period_start_date') }} - {{ month_number('customer_cohorts.cohort_month') }}, 0
        )
)

select
    cohort_month,
    cast(months_since_first_order as bigint) as months_since_first_order,
    count(*) filter (where is_active) as active_customers,
    {{ money_units('sum(net_revenue)') }} as net_revenue_units
from customer_months
group by
    cohort_month,
    months_since_first_order
