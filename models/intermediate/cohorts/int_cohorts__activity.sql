with counted_orders as (
    select * from {{ ref('int_orders__counted') }}
),

customer_cohorts as (
    select
        customer_id,
        {{ month_start('min(order_date)') }} as cohort_month
    from counted_orders
    where is_purchase
    group by customer_id
),

customer_months as (
    select
        customer_cohorts.cohort_month,
        counted_orders.customer_id,
        -- a credit note before the first purchase counts in month 0
        greatest(
            {{ month_number('counted_orders.order_date') }} - {{ month_number('customer_cohorts.cohort_month') }}, 0
        ) as months_since_first_order,
        sum(counted_orders.net_amount) as net_revenue,
        bool_or(counted_orders.is_purchase) as is_active
    from counted_orders
    inner join customer_cohorts on counted_orders.customer_id = customer_cohorts.customer_id
    group by
        customer_cohorts.cohort_month,
        counted_orders.customer_id,
        greatest(
            {{ month_number('counted_orders.order_date') }} - {{ month_number('customer_cohorts.cohort_month') }}, 0
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
