with delivered as (
    select * from {{ ref('base_crm__erasure_requests') }}
)

select
    -- a request whose email cannot be read gets an answer, too
    coalesce(email, lower(ignored_email)) as email,
    customer_number,
    requested_at
from delivered
where reject_reason is null
