with
{{ read_source('crm.customers') }},

{{ judge_rows('crm.customers') }}
