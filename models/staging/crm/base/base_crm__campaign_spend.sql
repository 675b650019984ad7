with
{{ read_source('crm.campaign_spend') }},

{{ judge_rows('crm.campaign_spend') }}
