with survey_invitations as (
    select * from {{ ref('stg_service_desk__survey_invitations') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
)

select
    survey_invitations.invitation_id,
    survey_invitations.survey_type,
    survey_invitations.sent_at,
    {{ local_date('survey_invitations.sent_at') }} as sent_date,
    survey_invitations.response_id
from survey_invitations
cross join as_of
where {{ happened_by_as_of_date('survey_invitations.sent_at') }}
