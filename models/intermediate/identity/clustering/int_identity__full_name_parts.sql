{{ config(materialized='connected_components') }}

with full_name_groups as (
    select * from {{ ref('int_identity__full_name_groups') }}
),

representatives as (
    select * from {{ ref('int_identity__representatives') }}
    where birth_date is not null
),

pairs as (
    select * from {{ ref('int_identity__pairs') }}
    where
        name_level = 1
        and veto_reason is null
        and has_birth_date
        and other_has_birth_date
),

cross_references as (
    select * from {{ ref('int_identity__cross_references') }}
),

birth_dates as (
    select distinct
        full_name_groups.component,
        representatives.birth_date
    from full_name_groups
    inner join representatives on full_name_groups.node = representatives.representative_number
),

contradictory_groups as (
    select distinct one.component
    from birth_dates as one
    inner join birth_dates as other
        on
            one.component = other.component
            and one.birth_date < other.birth_date
    where {{ birth_dates_contradict('one.birth_date', 'other.birth_date') }}
),

members as (
    select full_name_groups.node
    from full_name_groups
    inner join contradictory_groups on full_name_groups.component = contradictory_groups.component
)

-- only cross-references and links between dated records hold in a group whose birth dates contradict each other
select
    node,
    node as neighbour
from members
union all
select
    cross_references.representative_number as node,
    cross_references.other_representative_number as neighbour
from cross_references
inner join members on cross_references.representative_number = members.node
union all
select
    pairs.representative_number as node,
    pairs.other_representative_number as neighbour
from pairs
inner join members on pairs.representative_number = members.node
