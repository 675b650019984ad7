with identifiers as (
    select * from {{ ref('int_identity__identifiers') }}
),

record_values as (
    select * from {{ ref('int_identity__record_values') }}
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
)

select
    record_customers.record_number,
    record_customers.customer_id,
    identifiers.identifier_type,
    identifiers.identifier_value
from identifiers
inner join record_values on identifiers.representative_number = record_values.representative_number
inner join record_customers on record_values.record_number = record_customers.record_number
