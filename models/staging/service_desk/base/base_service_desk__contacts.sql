with
{{ read_source('service_desk.contacts') }},

{{ judge_rows('service_desk.contacts') }}
