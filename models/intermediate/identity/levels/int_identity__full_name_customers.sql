{{ config(materialized='connected_components') }}

with pairs as (
    select * from {{ ref('int_identity__pairs') }}
    where
        name_level = 1
        and veto_reason is null
),

parts as (
    select * from {{ ref('int_identity__full_name_parts') }}
),

carriers as (
    select * from {{ ref('int_identity__carriers') }}
    where birth_date is not null
),

-- whoever was cut off every other record is a part too
carrier_parts as (
    select
        pairs.carrier_number,
        pairs.other_carrier_number,
        coalesce(parts.component, pairs.carrier_number) as part,
        coalesce(other_parts.component, pairs.other_carrier_number) as other_part
    from pairs
    left join parts on pairs.carrier_number = parts.node
    left join parts as other_parts on pairs.other_carrier_number = other_parts.node
),

cut_pairs as (
    select
        part,
        other_part
    from carrier_parts
    where part <> other_part
    union
    select
        other_part as part,
        part as other_part
    from carrier_parts
    where part <> other_part
),

dated_parts as (
    select distinct coalesce(parts.component, carriers.carrier_number) as part
    from carriers
    left join parts on carriers.carrier_number = parts.node
),

-- a part without a birth date goes to the one dated part that its own links name
named_parts as (
    select
        cut_pairs.part,
        min(cut_pairs.other_part) as dated_part
    from cut_pairs
    inner join dated_parts on cut_pairs.other_part = dated_parts.part
    left join dated_parts as own_parts on cut_pairs.part = own_parts.part
    where own_parts.part is null
    group by cut_pairs.part
    having count(*) = 1
)

select
    node,
    component as neighbour
from parts
union all
select
    part as node,
    dated_part as neighbour
from named_parts
