with handed_in as (
    select * from {{ ref('base_crm__erasure_requests') }}
)

select
    -- a request that cannot be read is answered, too
    coalesce(email, lower(ignored_email)) as email,
    customer_number,
    requested_at
from handed_in
where reject_reason is null
