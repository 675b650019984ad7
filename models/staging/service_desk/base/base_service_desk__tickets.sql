with
{{ read_source('service_desk.tickets') }},

{{ judge_rows('service_desk.tickets') }}
