with handed_in as (
    select * from {{ ref('base_service_desk__survey_responses') }}
)

select
    response_id,
    contact_id,
    survey_type,
    score,
    responded_at,
    ticket_id,
    comment
from handed_in
where reject_reason is null
