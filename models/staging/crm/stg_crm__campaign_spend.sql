{{ accepted_rows('crm.campaign_spend') }}
