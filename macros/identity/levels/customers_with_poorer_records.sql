{# The customers after a level: each customer of before with those that its groups, or what is left of them, put to it. #}
{% macro customers_with_poorer_records(groups, parts, customers_before) -%}
with groups as (
    select * from {{ groups }}
),

parts as (
    select * from {{ parts }}
),

customers_before as (
    select * from {{ customers_before }}
),

joined_customers as (
    select
        groups.node as customer_number,
        coalesce(parts.component, groups.component) as component
    from groups
    left join parts on groups.node = parts.node
)

select
    customers_before.node,
    coalesce(joined_customers.component, customers_before.component) as component
from customers_before
left join joined_customers on customers_before.component = joined_customers.customer_number
union all
-- who was no customer yet, but a record by itself
select
    joined_customers.customer_number as node,
    joined_customers.component
from joined_customers
left join customers_before on joined_customers.customer_number = customers_before.node
where customers_before.node is null
{%- endmacro %}
