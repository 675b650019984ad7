with record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
)

select
    source_system,
    source_entity,
    source_record_id,
    record_key,
    customer_id,
    matched_by
from record_customers
