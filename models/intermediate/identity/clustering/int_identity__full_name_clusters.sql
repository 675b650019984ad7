{{ config(materialized='clusters') }}
-- noqa: disable=CV06

{#- Groups, before anybody looks at birth dates along chains. -#}
{% call components_step('groups') %}
select
    representative_number as cluster_number,
    other_representative_number as linked_cluster_number
from {{ ref('int_identity__cross_references') }}
union all
select
    representative_number as cluster_number,
    other_representative_number as linked_cluster_number
from {{ ref('int_identity__pairs') }}
where
    name_level = 1
    and veto_reason is null
{% endcall %}

{#- Only cross-references and links between dated records hold in a group whose birth dates contradict each other. -#}
{% call components_step('parts') %}
with groups as (
    select * from {{ step('groups') }}
),

dated_records as (
    select * from {{ ref('int_identity__representatives') }}
    where birth_date is not null
),

dated_pairs as (
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
        groups.joined_cluster_number as group_number,
        dated_records.birth_date
    from groups
    inner join dated_records on groups.cluster_number = dated_records.representative_number
),

contradictory_groups as (
    select distinct one.group_number
    from birth_dates as one
    inner join birth_dates as other
        on
            one.group_number = other.group_number
            and one.birth_date < other.birth_date
    where {{ birth_dates_contradict('one.birth_date', 'other.birth_date') }}
),

members as (
    select groups.cluster_number
    from groups
    inner join contradictory_groups on groups.joined_cluster_number = contradictory_groups.group_number
)

select
    cluster_number,
    cluster_number as linked_cluster_number
from members
union all
select
    cross_references.representative_number as cluster_number,
    cross_references.other_representative_number as linked_cluster_number
from cross_references
inner join members on cross_references.representative_number = members.cluster_number
union all
select
    dated_pairs.representative_number as cluster_number,
    dated_pairs.other_representative_number as linked_cluster_number
from dated_pairs
inner join members on dated_pairs.representative_number = members.cluster_number
{% endcall %}

with groups as (
    select * from {{ step('groups') }}
),

parts as (
    select
        cluster_number,
        joined_cluster_number as part_number
    from {{ step('parts') }}
),

pairs as (
    select * from {{ ref('int_identity__pairs') }}
    where
        name_level = 1
        and veto_reason is null
),

dated_records as (
    select * from {{ ref('int_identity__representatives') }}
    where birth_date is not null
),

dated_parts as (
    select distinct parts.part_number
    from parts
    inner join dated_records on parts.cluster_number = dated_records.representative_number
),

cut_pairs as (
    select
        parts.part_number,
        other_parts.part_number as other_part_number
    from pairs
    inner join parts on pairs.representative_number = parts.cluster_number
    inner join parts as other_parts on pairs.other_representative_number = other_parts.cluster_number
    where parts.part_number <> other_parts.part_number
),

cut_pairs_either_way as (
    select
        part_number,
        other_part_number
    from cut_pairs
    union
    select
        other_part_number as part_number,
        part_number as other_part_number
    from cut_pairs
),

-- a part without a birth date joins the one dated part that its own links name
named_parts as (
    select
        cut_pairs_either_way.part_number,
        min(cut_pairs_either_way.other_part_number) as dated_part_number
    from cut_pairs_either_way
    inner join dated_parts on cut_pairs_either_way.other_part_number = dated_parts.part_number
    left join dated_parts as own_parts on cut_pairs_either_way.part_number = own_parts.part_number
    where own_parts.part_number is null
    group by cut_pairs_either_way.part_number
    having count(*) = 1
),

joined_parts as (
    select
        parts.cluster_number,
        min(parts.cluster_number) over (
            partition by coalesce(named_parts.dated_part_number, parts.part_number)
        ) as joined_cluster_number
    from parts
    left join named_parts on parts.part_number = named_parts.part_number
)

select
    groups.cluster_number as representative_number,
    coalesce(joined_parts.joined_cluster_number, groups.joined_cluster_number) as cluster_number
from groups
left join joined_parts on groups.cluster_number = joined_parts.cluster_number
