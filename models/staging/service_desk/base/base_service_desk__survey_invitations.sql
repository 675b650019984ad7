with
{{ read_source('service_desk.survey_invitations') }},

{{ judge_rows('service_desk.survey_invitations') }}
