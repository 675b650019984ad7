with
{{ read_source('crm.erasure_requests') }},

{{ judge_rows('crm.erasure_requests') }}
