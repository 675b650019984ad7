{# The customers that the ties of a level would put together, as edges. #}
{% macro poorer_record_groups(ties, customers_before) -%}
with ties as (
    select * from {{ ties }}
    where veto_reason is null
),

customers_before as (
    select * from {{ customers_before }}
)

select distinct
    coalesce(customers_before.component, ties.representative_number) as node,
    coalesce(other_customers.component, ties.other_representative_number) as neighbour
from ties
left join customers_before on ties.representative_number = customers_before.node
left join customers_before as other_customers on ties.other_representative_number = other_customers.node
{%- endmacro %}
