with campaign_contacts as (
    select * from {{ ref('stg_crm__campaign_contacts') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

crm_customers as (
    select
        source_record_id as customer_number,
        customer_id
    from {{ ref('int_identity__record_customers') }}
    where source_entity = 'customer'
)

select
    campaign_contacts.contact_id,
    crm_customers.customer_id,
    campaign_contacts.sent_at,
    campaign_contacts.campaign_id,
    campaign_contacts.campaign_name,
    campaign_contacts.channel,
    campaign_contacts.is_control,
    {{ moment_by_as_of_date('campaign_contacts.opened_at') }} as opened_at,
    {{ moment_by_as_of_date('campaign_contacts.clicked_at') }} as clicked_at,
    {{ moment_by_as_of_date('campaign_contacts.unsubscribed_at') }} as unsubscribed_at
from campaign_contacts
cross join as_of
left join crm_customers on campaign_contacts.customer_number = crm_customers.customer_number
where {{ happened_by_as_of_date('campaign_contacts.sent_at') }}
