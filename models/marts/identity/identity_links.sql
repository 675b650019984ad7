with links as (
    select * from {{ ref('int_identity__links') }}
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
)

select
    record_customers.customer_id,
    record_customers.record_key,
    linked_records.record_key as linked_record_key,
    links.identifier_type,
    links.identifier_value
from links
inner join record_customers on links.record_number = record_customers.record_number
inner join record_customers as linked_records on links.linked_record_number = linked_records.record_number
