{{ config(materialized='connected_components') }}

select
    carrier_number as node,
    other_carrier_number as neighbour
from {{ ref('int_identity__cross_references') }}
union all
select
    carrier_number as node,
    other_carrier_number as neighbour
from {{ ref('int_identity__pairs') }}
where
    name_level = 1
    and veto_reason is null
