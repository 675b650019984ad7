{%- set channels = source_contract()['crm.campaign_contacts'].columns.channel.names -%}
with customers as (
    select count(*) as customers from {{ ref('customer_360') }}
),

consent as (
    select count(*) as customer_channels from {{ ref('customer_consent') }}
)

select
    customers.customers,
    consent.customer_channels
from customers
cross join consent
where consent.customer_channels <> customers.customers * {{ channels | length }}
