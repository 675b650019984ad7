with customer_months as (
    select * from {{ ref('int_orders__customer_months') }}
),

customer_cohorts as (
    select
        customer_id,
        min(order_month) as cohort_month
    from customer_months
    where purchases > 0
    group by customer_id
),

cohort_months as (
    select
        customer_cohorts.cohort_month,
        -- a credit note before the first purchase counts in month 0
        greatest(
            {{ month_number('customer_months.order_month') }} - {{ month_number('customer_cohorts.cohort_month') }}, 0
        ) as months_since_first_order,
        customer_months.purchases,
        customer_months.net_amount
    from customer_months
    inner join customer_cohorts on customer_months.customer_id = customer_cohorts.customer_id
)

select
    cohort_month,
    cast(months_since_first_order as bigint) as months_since_first_order,
    count(*) filter (where purchases > 0) as active_customers,
    {{ money_units('sum(net_amount)') }} as net_revenue_units
from cohort_months
group by
    cohort_month,
    months_since_first_order
