with handed_in as (
    select * from {{ ref('base_service_desk__survey_invitations') }}
)

select
    invitation_id,
    contact_id,
    survey_type,
    sent_at,
    response_id
from handed_in
where reject_reason is null
