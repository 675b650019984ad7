{#
  The customers of contradictory groups, as edges: where the ties of a level would put customers together whose records
  contradict each other, each record in them keeps the ties of its first value only.
#}
{% macro contradictory_group_parts(ties, groups, customers_before) -%}
with ties as (
    select * from {{ ties }}
    where veto_reason is null
),

groups as (
    select * from {{ groups }}
),

customers_before as (
    select * from {{ customers_before }}
),

representatives as (
    select * from {{ ref('int_identity__representatives') }}
),

name_forms as (
    select * from {{ ref('int_identity__name_forms') }}
),

customers_of_ties as (
    select
        groups.component as group_number,
        groups.node as customer_number,
        groups.node as representative_number
    from groups
    union
    select
        groups.component as group_number,
        groups.node as customer_number,
        customers_before.node as representative_number
    from groups
    inner join customers_before on groups.node = customers_before.component
),

-- what a customer is called, and when it was born: equal records once
members as (
    select
        customers_of_ties.group_number,
        customers_of_ties.customer_number,
        {%- for column in compared_columns() %}
        representatives.{{ column }},
        {%- endfor %}
        min(representatives.representative_number) as representative_number
    from customers_of_ties
    inner join representatives on customers_of_ties.representative_number = representatives.representative_number
    where
        representatives.name_level < 4
        or representatives.birth_date is not null
    group by
        {%- for column in compared_columns() %}
        representatives.{{ column }},
        {%- endfor %}
        customers_of_ties.group_number,
        customers_of_ties.customer_number
),

group_sizes as (
    select
        group_number,
        count(*) as members
    from members
    group by group_number
    having min(customer_number) <> max(customer_number)
),

comparisons as (
    select
        poorer.group_number,
        {{ name_comparisons() }}
    from group_sizes
    inner join members as poorer on group_sizes.group_number = poorer.group_number
    inner join members as richer
        on
            poorer.group_number = richer.group_number
            and poorer.customer_number <> richer.customer_number
            and (
                poorer.name_level > richer.name_level
                or (poorer.name_level = richer.name_level and poorer.representative_number > richer.representative_number)
            )
    left join name_forms on {{ is_name_form() }}
    where group_sizes.members <= 100
),

contradictory_groups as (
    select distinct group_number
    from comparisons
    where {{ contradiction() }} is not null
    union all
    -- so many different names and dates are never all of one person: not worth comparing each with each
    select group_number
    from group_sizes
    where members > 100
),

ties_of_contradictory_groups as (
    select ties.*
    from ties
    inner join customers_of_ties on ties.representative_number = customers_of_ties.representative_number
    inner join contradictory_groups on customers_of_ties.group_number = contradictory_groups.group_number
),

-- a tie between likes is a value of both
values_of_ties as (
    select
        representative_number,
        priority,
        value_number
    from ties_of_contradictory_groups
    union
    select
        other_representative_number as representative_number,
        priority,
        value_number
    from ties_of_contradictory_groups
    where is_like
),

ranked_values as (
    select
        representative_number,
        value_number,
        row_number() over (partition by representative_number order by priority, value_number) as value_rank
    from values_of_ties
),

first_values as (
    select * from ranked_values
    where value_rank = 1
),

kept_ties as (
    select
        ties.representative_number,
        ties.other_representative_number
    from ties_of_contradictory_groups as ties
    inner join first_values
        on
            ties.representative_number = first_values.representative_number
            and ties.value_number = first_values.value_number
    left join first_values as other_first_values
        on
            ties.other_representative_number = other_first_values.representative_number
            and ties.value_number = other_first_values.value_number
    where
        not ties.is_like
        or other_first_values.representative_number is not null
)

select
    groups.node,
    groups.node as neighbour
from groups
inner join contradictory_groups on groups.component = contradictory_groups.group_number
union all
select
    coalesce(customers_before.component, kept_ties.representative_number) as node,
    coalesce(other_customers.component, kept_ties.other_representative_number) as neighbour
from kept_ties
left join customers_before on kept_ties.representative_number = customers_before.node
left join customers_before as other_customers on kept_ties.other_representative_number = other_customers.node
{%- endmacro %}
