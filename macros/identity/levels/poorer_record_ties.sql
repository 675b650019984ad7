{#
  The records with less of a name join the customers of those with more, one level after the other: an initial and a
  last name (name_level 2), one name (3), no name (4). `customers_before` are the customers as they stood then.
  Here: what the records of a level fit, value by value: a customer or, where it fits none, their like.
#}
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

representatives as (
    select * from {{ ref('int_identity__representatives') }}
),

name_forms as (
    select * from {{ ref('int_identity__name_forms') }}
),

-- of two records of this level either may belong to a customer already, by its number in the CRM
pairs_either_way as (
    select
        value_number,
        priority,
        representative_number,
        other_representative_number,
        other_name_level
    from pairs
    union all
    select
        value_number,
        priority,
        other_representative_number as representative_number,
        representative_number as other_representative_number,
        name_level as other_name_level
    from pairs
    where other_name_level = {{ name_level }}
),

pairs_of_customers as (
    select
        pairs_either_way.value_number,
        pairs_either_way.priority,
        pairs_either_way.representative_number,
        pairs_either_way.other_representative_number,
        coalesce(customers_before.component, pairs_either_way.other_representative_number) as other_customer_number,
        pairs_either_way.other_name_level < {{ name_level }} or customers_before.component is not null as is_customer
    from pairs_either_way
    left join customers_before on pairs_either_way.other_representative_number = customers_before.node
),

fitting_customers as (
    select
        value_number,
        priority,
        representative_number,
        other_customer_number,
        min(other_representative_number) as other_representative_number
    from pairs_of_customers
    where is_customer
    group by
        value_number,
        priority,
        representative_number,
        other_customer_number
),

fits as (
    select
        value_number,
        representative_number,
        count(*) as customers
    from fitting_customers
    group by
        value_number,
        representative_number
),

-- a record that belongs to a customer already takes it along, so the two customers must be one person
meeting_customers as (
    select distinct
        customers_before.component as customer_number,
        fitting_customers.other_customer_number
    from fitting_customers
    inner join customers_before on fitting_customers.representative_number = customers_before.node
    where customers_before.component <> fitting_customers.other_customer_number
),

members as (
    select
        meeting_customers.customer_number,
        meeting_customers.other_customer_number,
        customers_before.node as representative_number,
        true as is_own
    from meeting_customers
    inner join customers_before on meeting_customers.customer_number = customers_before.component
    union all
    select
        meeting_customers.customer_number,
        meeting_customers.other_customer_number,
        coalesce(customers_before.node, meeting_customers.other_customer_number) as representative_number,
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
    inner join representatives as poorer on members.representative_number = poorer.representative_number
    inner join representatives as richer
        on
            other_members.representative_number = richer.representative_number
            and (
                poorer.name_level > richer.name_level
                or (poorer.name_level = richer.name_level and poorer.representative_number > richer.representative_number)
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
    fitting_customers.representative_number,
    fitting_customers.other_representative_number,
    false as is_like,
    case
        when fits.customers > 1 then 'several_customers_fit'
        when contradictory_customers.customer_number is not null then 'customers_contradict'
    end as veto_reason
from fitting_customers
inner join fits
    on
        fitting_customers.value_number = fits.value_number
        and fitting_customers.representative_number = fits.representative_number
left join customers_before on fitting_customers.representative_number = customers_before.node
left join contradictory_customers
    on
        customers_before.component = contradictory_customers.customer_number
        and fitting_customers.other_customer_number = contradictory_customers.other_customer_number
union all
select
    likes.value_number,
    likes.priority,
    likes.representative_number,
    likes.other_representative_number,
    true as is_like,
    cast(null as string) as veto_reason
from pairs_of_customers as likes
left join fits
    on
        likes.value_number = fits.value_number
        and likes.representative_number = fits.representative_number
left join fits as other_fits
    on
        likes.value_number = other_fits.value_number
        and likes.other_representative_number = other_fits.representative_number
where
    not likes.is_customer
    and likes.representative_number > likes.other_representative_number
    and fits.representative_number is null
    and other_fits.representative_number is null
{%- endmacro %}
