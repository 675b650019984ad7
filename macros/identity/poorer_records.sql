{#
  The records with less of a name join the customers of those with more, one level after the other: an initial and a
  last name (name_level 2), one name (3), no name (4). `customers_before` are the connected components as they stand.
#}

{# What the records of a level fit, value by value: a customer of richer records or, where none fits, their like. #}
{% macro poorer_record_ties(name_level, customers_before) -%}
with pairs as (
    select * from {{ ref('int_identity__pairs') }}
    where
        name_level = {{ name_level }}
        and veto_reason is null
),

customers_before as (
    select * from {{ customers_before }}
),

carriers as (
    select * from {{ ref('int_identity__carriers') }}
),

name_forms as (
    select * from {{ ref('int_identity__name_forms') }}
),

-- of two records of this level either may belong to a customer already, by its number in the CRM
pairs_either_way as (
    select
        value_number,
        priority,
        carrier_number,
        other_carrier_number,
        other_name_level
    from pairs
    union all
    select
        value_number,
        priority,
        other_carrier_number as carrier_number,
        carrier_number as other_carrier_number,
        name_level as other_name_level
    from pairs
    where other_name_level = {{ name_level }}
),

pairs_of_customers as (
    select
        pairs_either_way.value_number,
        pairs_either_way.priority,
        pairs_either_way.carrier_number,
        pairs_either_way.other_carrier_number,
        coalesce(customers_before.component, pairs_either_way.other_carrier_number) as other_customer_number,
        pairs_either_way.other_name_level < {{ name_level }} or customers_before.component is not null as is_customer
    from pairs_either_way
    left join customers_before on pairs_either_way.other_carrier_number = customers_before.node
),

fitting_customers as (
    select
        value_number,
        priority,
        carrier_number,
        other_customer_number,
        min(other_carrier_number) as other_carrier_number
    from pairs_of_customers
    where is_customer
    group by
        value_number,
        priority,
        carrier_number,
        other_customer_number
),

fits as (
    select
        value_number,
        carrier_number,
        count(*) as customers
    from fitting_customers
    group by
        value_number,
        carrier_number
),

-- a record that belongs to a customer already takes it along, so the two customers must be one person
meeting_customers as (
    select distinct
        customers_before.component as customer_number,
        fitting_customers.other_customer_number
    from fitting_customers
    inner join customers_before on fitting_customers.carrier_number = customers_before.node
    where customers_before.component <> fitting_customers.other_customer_number
),

members as (
    select
        meeting_customers.customer_number,
        meeting_customers.other_customer_number,
        customers_before.node as carrier_number,
        true as is_own
    from meeting_customers
    inner join customers_before on meeting_customers.customer_number = customers_before.component
    union all
    select
        meeting_customers.customer_number,
        meeting_customers.other_customer_number,
        coalesce(customers_before.node, meeting_customers.other_customer_number) as carrier_number,
        false as is_own
    from meeting_customers
    left join customers_before on meeting_customers.other_customer_number = customers_before.component
),

comparisons as (
    select
        members.customer_number,
        members.other_customer_number,
        {{ name_comparisons() }}
    from members
    inner join members as other_members
        on
            members.customer_number = other_members.customer_number
            and members.other_customer_number = other_members.other_customer_number
            and members.is_own <> other_members.is_own
    inner join carriers as poorer on members.carrier_number = poorer.carrier_number
    inner join carriers as richer
        on
            other_members.carrier_number = richer.carrier_number
            and (
                poorer.name_level > richer.name_level
                or (poorer.name_level = richer.name_level and poorer.carrier_number > richer.carrier_number)
            )
    left join name_forms on {{ is_name_form() }}
),

contradictory_customers as (
    select distinct
        customer_number,
        other_customer_number
    from comparisons
    where {{ contradiction() }} is not null
)

select
    fitting_customers.value_number,
    fitting_customers.priority,
    fitting_customers.carrier_number,
    fitting_customers.other_carrier_number,
    false as is_like,
    case
        when fits.customers > 1 then 'several_customers_fit'
        when contradictory_customers.customer_number is not null then 'customers_contradict'
    end as veto_reason
from fitting_customers
inner join fits
    on
        fitting_customers.value_number = fits.value_number
        and fitting_customers.carrier_number = fits.carrier_number
left join customers_before on fitting_customers.carrier_number = customers_before.node
left join contradictory_customers
    on
        customers_before.component = contradictory_customers.customer_number
        and fitting_customers.other_customer_number = contradictory_customers.other_customer_number
union all
select
    likes.value_number,
    likes.priority,
    likes.carrier_number,
    likes.other_carrier_number,
    true as is_like,
    cast(null as string) as veto_reason
from pairs_of_customers as likes
left join fits
    on
        likes.value_number = fits.value_number
        and likes.carrier_number = fits.carrier_number
left join fits as other_fits
    on
        likes.value_number = other_fits.value_number
        and likes.other_carrier_number = other_fits.carrier_number
where
    not likes.is_customer
    and likes.carrier_number > likes.other_carrier_number
    and fits.carrier_number is null
    and other_fits.carrier_number is null
{%- endmacro %}

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
    coalesce(customers_before.component, ties.carrier_number) as node,
    coalesce(other_customers.component, ties.other_carrier_number) as neighbour
from ties
left join customers_before on ties.carrier_number = customers_before.node
left join customers_before as other_customers on ties.other_carrier_number = other_customers.node
{%- endmacro %}

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

carriers as (
    select * from {{ ref('int_identity__carriers') }}
),

name_forms as (
    select * from {{ ref('int_identity__name_forms') }}
),

customers_of_ties as (
    select
        groups.component as group_number,
        groups.node as customer_number,
        groups.node as carrier_number
    from groups
    union
    select
        groups.component as group_number,
        groups.node as customer_number,
        customers_before.node as carrier_number
    from groups
    inner join customers_before on groups.node = customers_before.component
),

-- what a customer is called, and when it was born: equal records once
members as (
    select
        customers_of_ties.group_number,
        customers_of_ties.customer_number,
        {%- for column in compared_columns() %}
        carriers.{{ column }},
        {%- endfor %}
        min(carriers.carrier_number) as carrier_number
    from customers_of_ties
    inner join carriers on customers_of_ties.carrier_number = carriers.carrier_number
    where
        carriers.name_level < 4
        or carriers.birth_date is not null
    group by
        {%- for column in compared_columns() %}
        carriers.{{ column }},
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
                or (poorer.name_level = richer.name_level and poorer.carrier_number > richer.carrier_number)
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
    inner join customers_of_ties on ties.carrier_number = customers_of_ties.carrier_number
    inner join contradictory_groups on customers_of_ties.group_number = contradictory_groups.group_number
),

-- a tie between likes is a value of both
values_of_ties as (
    select
        carrier_number,
        priority,
        value_number
    from ties_of_contradictory_groups
    union
    select
        other_carrier_number as carrier_number,
        priority,
        value_number
    from ties_of_contradictory_groups
    where is_like
),

ranked_values as (
    select
        carrier_number,
        value_number,
        row_number() over (partition by carrier_number order by priority, value_number) as value_rank
    from values_of_ties
),

first_values as (
    select * from ranked_values
    where value_rank = 1
),

kept_ties as (
    select
        ties.carrier_number,
        ties.other_carrier_number
    from ties_of_contradictory_groups as ties
    inner join first_values
        on
            ties.carrier_number = first_values.carrier_number
            and ties.value_number = first_values.value_number
    left join first_values as other_first_values
        on
            ties.other_carrier_number = other_first_values.carrier_number
            and ties.value_number = other_first_values.value_number
    where
        not ties.is_like
        or other_first_values.carrier_number is not null
)

select
    groups.node,
    groups.node as neighbour
from groups
inner join contradictory_groups on groups.component = contradictory_groups.group_number
union all
select
    coalesce(customers_before.component, kept_ties.carrier_number) as node,
    coalesce(other_customers.component, kept_ties.other_carrier_number) as neighbour
from kept_ties
left join customers_before on kept_ties.carrier_number = customers_before.node
left join customers_before as other_customers on kept_ties.other_carrier_number = other_customers.node
{%- endmacro %}

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
