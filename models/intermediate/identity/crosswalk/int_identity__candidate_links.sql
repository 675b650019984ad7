{{ config(materialized='view') }}

with pairs as (
    select * from {{ ref('int_identity__pairs') }}
    where
        name_level = 1
        and veto_reason is null
),

shared_values as (
    select * from {{ ref('int_identity__shared_values') }}
),

cross_references as (
    select * from {{ ref('int_identity__cross_references') }}
),

links_by_value as (
    select
        representative_number,
        other_representative_number,
        value_number
    from pairs
    {%- for level in ['initials', 'one_name', 'nameless'] %}
    union all
    select
        representative_number,
        other_representative_number,
        value_number
    from {{ ref('int_identity__' ~ level ~ '_ties') }}
    where veto_reason is null
    {%- endfor %}
)

select
    links_by_value.representative_number,
    links_by_value.other_representative_number,
    shared_values.identifier_type,
    shared_values.identifier_value
from links_by_value
inner join shared_values on links_by_value.value_number = shared_values.value_number
union all
select
    representative_number,
    other_representative_number,
    identifier_type,
    identifier_value
from cross_references
