{{ config(materialized='connected_components') }}

select
    representative_number as node,
    other_representative_number as neighbour
from {{ ref('int_identity__cross_references') }}
union all
select
    representative_number as node,
    other_representative_number as neighbour
from {{ ref('int_identity__pairs') }}
where
    name_level = 1
    and veto_reason is null
