with customers as (
    select count(*) as customers
    from {{ ref('customer_360') }}
    where lifetime_orders > 0
),

profiles as (
    select
        attribute_name,
        sum(customers) as customers
    from {{ ref('segment_profiles') }}
    group by attribute_name
)

select
    profiles.attribute_name,
    profiles.customers,
    customers.customers as all_customers
from profiles
cross join customers
where profiles.customers <> customers.customers
