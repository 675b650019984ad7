with shared_values as (
    select * from {{ ref('int_identity__shared_values') }}
)

select
    identifier_type,
    identifier_value,
    records,
    coalesce(skip_reason, 'suspected_till') as reason
from shared_values
where
    skip_reason is not null
    or is_suspected_till
