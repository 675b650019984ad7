with customers as (
    select * from {{ ref('int_customer__customers') }}
),

consent as (
    select * from {{ ref('int_customer__consent') }}
),

withdrawals as (
    select * from {{ ref('int_customer__withdrawals') }}
),

customer_channels as (
    {%- for channel in source_contract()['crm.campaign_contacts'].columns.channel.names %}
    select
        customer_id,
        '{{ channel }}' as channel
    from customers
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    customer_channels.customer_id,
    customer_channels.channel,
    coalesce(consent.marketing_consent and withdrawals.customer_id is null, false) as is_open,
    coalesce(withdrawals.withdrawn_at, consent.stated_at) as since_at,
    coalesce(withdrawals.source_system, consent.source_system) as source_system,
    coalesce(withdrawals.source_entity, consent.source_entity) as source_entity,
    coalesce(withdrawals.source_record_id, consent.source_record_id) as source_record_id
from customer_channels
left join consent on customer_channels.customer_id = consent.customer_id
left join withdrawals
    on
        customer_channels.customer_id = withdrawals.customer_id
        and customer_channels.channel = withdrawals.channel
