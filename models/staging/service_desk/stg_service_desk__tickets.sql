with handed_in as (
    select * from {{ ref('base_service_desk__tickets') }}
)

select
    ticket_id,
    contact_id,
    created_at,
    channel,
    category,
    priority,
    status,
    first_responded_at,
    resolved_at,
    reopened_count,
    updated_at
from handed_in
where reject_reason is null
