with customers as (
    select * from {{ ref('stg_crm__customers') }}
    where marketing_consent is not null
),

campaign_contacts as (
    select * from {{ ref('stg_crm__campaign_contacts') }}
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
    where source_entity = 'customer'
),

-- the latest dated statement holds; at equal dates a no
statements as (
    select
        record_customers.customer_id,
        customers.marketing_consent,
        customers.consent_updated_at,
        row_number() over (
            partition by record_customers.customer_id
            order by
                customers.consent_updated_at desc nulls last,
                customers.marketing_consent,
                customers.customer_number
        ) as recency
    from customers
    inner join record_customers on customers.customer_number = record_customers.source_record_id
),

latest_statements as (
    select * from statements
    where recency = 1
),

-- an unsubscription closes its channel until a later statement
closed_channels as (
    select
        latest_statements.customer_id,
        count(distinct campaign_contacts.channel) as channels
    from latest_statements
    inner join record_customers on latest_statements.customer_id = record_customers.customer_id
    inner join campaign_contacts on record_customers.source_record_id = campaign_contacts.customer_number
    where
        campaign_contacts.unsubscribed_at is not null
        and (
            latest_statements.consent_updated_at is null
            or campaign_contacts.unsubscribed_at >= latest_statements.consent_updated_at
        )
    group by latest_statements.customer_id
)

select
    latest_statements.customer_id,
    latest_statements.marketing_consent
    and coalesce(closed_channels.channels, 0)
    < {{ source_contract()['crm.campaign_contacts'].columns.channel.names | length }} as has_marketing_consent
from latest_statements
left join closed_channels on latest_statements.customer_id = closed_channels.customer_id
