with
{{ read_source('service_desk.survey_responses') }},

{{ judge_rows('service_desk.survey_responses') }}
