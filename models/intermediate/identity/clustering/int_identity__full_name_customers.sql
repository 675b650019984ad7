with full_name_groups as (
    select * from {{ ref('int_identity__full_name_groups') }}
),

parts as (
    select * from {{ ref('int_identity__full_name_parts') }}
),

pairs as (
    select * from {{ ref('int_identity__pairs') }}
    where
        name_level = 1
        and veto_reason is null
),

representatives as (
    select * from {{ ref('int_identity__representatives') }}
    where birth_date is not null
),

dated_parts as (
    select distinct parts.component as part
    from parts
    inner join representatives on parts.node = representatives.representative_number
),

cut_pairs as (
    select
        parts.component as part,
        other_parts.component as other_part
    from pairs
    inner join parts on pairs.representative_number = parts.node
    inner join parts as other_parts on pairs.other_representative_number = other_parts.node
    where parts.component <> other_parts.component
),

cut_pairs_either_way as (
    select
        part,
        other_part
    from cut_pairs
    union
    select
        other_part as part,
        part as other_part
    from cut_pairs
),

-- a part without a birth date goes to the one dated part that its own links name
named_parts as (
    select
        cut_pairs_either_way.part,
        min(cut_pairs_either_way.other_part) as dated_part
    from cut_pairs_either_way
    inner join dated_parts on cut_pairs_either_way.other_part = dated_parts.part
    left join dated_parts as own_parts on cut_pairs_either_way.part = own_parts.part
    where own_parts.part is null
    group by cut_pairs_either_way.part
    having count(*) = 1
),

joined_parts as (
    select
        parts.node,
        min(parts.node) over (partition by coalesce(named_parts.dated_part, parts.component)) as component
    from parts
    left join named_parts on parts.component = named_parts.part
)

select
    full_name_groups.node,
    coalesce(joined_parts.component, full_name_groups.component) as component
from full_name_groups
left join joined_parts on full_name_groups.node = joined_parts.node
