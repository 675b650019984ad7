with customers as (
    select * from {{ ref('int_identity__nameless_customers') }}
),

reviewed_customers as (
    select * from {{ ref('int_identity__reviewed_customers') }}
)

select
    customers.node,
    coalesce(reviewed_customers.component, customers.component) as component
from customers
left join reviewed_customers on customers.node = reviewed_customers.node
