{{ config(materialized='connected_components') }}

select distinct
    record_number as node,
    linked_record_number as neighbour
from {{ ref('int_identity__links') }}
