-- cohort sizes add up to the customers with a purchase, cohort revenue to their revenue
with cohorts as (
    select
        sum(cohort_size) filter (where months_since_first_order = 0) as customers,
        sum(net_revenue) as net_revenue
    from {{ ref('cohort_retention') }}
),

buyers as (
    select
        count(*) as customers,
        sum(lifetime_net_revenue) as net_revenue
    from {{ ref('customer_360') }}
    where lifetime_orders > 0
)

select
    cohorts.customers as customers_in_cohorts,
    buyers.customers as buyers,
    cohorts.net_revenue as revenue_of_cohorts,
    buyers.net_revenue as revenue_of_buyers
from cohorts
cross join buyers
where
    coalesce(cohorts.customers, 0) <> buyers.customers
    or coalesce(cohorts.net_revenue, 0) <> coalesce(buyers.net_revenue, 0)
