with delivered as (
    select * from {{ ref('base_crm__campaign_contacts') }}
)

select
    contact_id,
    customer_number,
    campaign_id,
    campaign_name,
    channel,
    sent_at,
    opened_at,
    clicked_at,
    -- a value that cannot be read never counts as consent
    case when ignored_unsubscribed_at is not null then sent_at else unsubscribed_at end as unsubscribed_at,
    is_control
from delivered
where reject_reason is null
