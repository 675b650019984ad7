with
{{ read_source('crm.campaign_contacts') }},

{{ judge_rows('crm.campaign_contacts') }}
