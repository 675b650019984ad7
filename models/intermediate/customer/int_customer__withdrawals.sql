with campaign_contacts as (
    select * from {{ ref('stg_crm__campaign_contacts') }}
    where unsubscribed_at is not null
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
    where source_entity = 'customer'
),

consent as (
    select * from {{ ref('int_customer__consent') }}
),

channels as (
    {%- for channel in source_contract()['crm.campaign_contacts'].columns.channel.names %}
    select '{{ channel }}' as channel
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- an unsubscription counts until a later statement; after a no that is dated, or the last word, nothing is left of it
ranked as (
    select
        record_customers.customer_id,
        channels.channel,
        campaign_contacts.unsubscribed_at,
        campaign_contacts.contact_id,
        row_number() over (
            partition by record_customers.customer_id, channels.channel
            order by campaign_contacts.unsubscribed_at, campaign_contacts.contact_id
        ) as withdrawal_number
    from campaign_contacts
    inner join record_customers on campaign_contacts.customer_number = record_customers.source_record_id
    -- one that names no channel withdraws them all
    inner join channels on coalesce(campaign_contacts.channel, channels.channel) = channels.channel
    left join consent on record_customers.customer_id = consent.customer_id
    where
        (consent.stated_at is null and not coalesce(consent.is_last_word, false))
        or (consent.marketing_consent and campaign_contacts.unsubscribed_at >= consent.stated_at)
)

select
    customer_id,
    channel,
    unsubscribed_at as withdrawn_at,
    'crm' as source_system,
    'campaign_contact' as source_entity,
    contact_id as source_record_id
from ranked
where withdrawal_number = 1
