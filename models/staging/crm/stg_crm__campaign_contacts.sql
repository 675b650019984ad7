with handed_in as (
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
    -- what cannot be read never keeps consent open
    case when ignored_unsubscribed_at is not null then sent_at else unsubscribed_at end as unsubscribed_at,
    is_control
from handed_in
where reject_reason is null
