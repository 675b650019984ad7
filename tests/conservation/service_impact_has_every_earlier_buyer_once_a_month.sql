with customers as (
    select * from {{ ref('int_customer__orders') }}
    where first_order_date is not null
),

impact as (
    select
        month,
        sum(customers) as customers
    from {{ ref('service_impact') }}
    group by month
),

earlier_buyers as (
    select
        impact.month,
        count(customers.customer_id) as customers
    from impact
    left join customers on impact.month > customers.first_order_date
    group by impact.month
)

select
    impact.month,
    impact.customers,
    earlier_buyers.customers as earlier_buyers
from impact
inner join earlier_buyers on impact.month = earlier_buyers.month
where impact.customers <> earlier_buyers.customers
