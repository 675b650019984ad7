with handed_in as (
    select * from {{ ref('base_service_desk__contacts') }}
)

select
    contact_id,
    first_name,
    last_name,
    email,
    phone,
    customer_number,
    created_at,
    updated_at
from handed_in
where reject_reason is null
