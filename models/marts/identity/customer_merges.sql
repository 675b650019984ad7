with known_records as (
    select * from {{ ref('int_identity__known_records') }}
)

select
    {{ hashed_customer_id('record_key') }} as customer_id,
    {{ hashed_customer_id('oldest_record_key') }} as surviving_customer_id,
    merged_by,
    merged_at
from known_records
where
    has_named_a_customer
    and record_key <> oldest_record_key
