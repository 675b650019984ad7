{{ accepted_rows('service_desk.survey_invitations') }}
