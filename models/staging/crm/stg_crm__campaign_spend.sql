with handed_in as (
    select * from {{ ref('base_crm__campaign_spend') }}
)

select
    spend_month,
    channel,
    amount,
    campaign_id
from handed_in
where reject_reason is null
