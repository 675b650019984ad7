with identifiers as (
    select * from {{ ref('int_identity__identifiers') }}
),

shared_values as (
    select * from {{ ref('int_identity__shared_values') }}
)

-- a star per value: each record that carries it, tied to the oldest that does
select distinct
    identifiers.record_number,
    shared_values.first_record_number as linked_record_number,
    shared_values.identifier_type,
    shared_values.priority
from identifiers
inner join shared_values
    on
        identifiers.identifier_type = shared_values.identifier_type
        and identifiers.identifier_value = shared_values.identifier_value
where shared_values.skip_reason is null
