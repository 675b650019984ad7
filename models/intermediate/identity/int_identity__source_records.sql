with customers as (
    select * from {{ ref('stg_crm__customers') }}
),

accounts as (
    select * from {{ ref('stg_webshop__accounts') }}
),

orders as (
    select * from {{ ref('stg_webshop__orders') }}
),

contacts as (
    select * from {{ ref('stg_service_desk__contacts') }}
),

source_records as (
    select
        'crm' as source_system,
        'customer' as source_entity,
        customer_number as source_record_id,
        created_at
    from customers
    union all
    select
        'webshop' as source_system,
        'account' as source_entity,
        account_id as source_record_id,
        created_at
    from accounts
    union all
    select
        'webshop' as source_system,
        'guest_order' as source_entity,
        order_id as source_record_id,
        ordered_at as created_at
    from orders
    where account_id is null
    union all
    select
        'service_desk' as source_system,
        'contact' as source_entity,
        contact_id as source_record_id,
        created_at
    from contacts
)

select
    source_system || '/' || source_entity || '/' || source_record_id as record_key,
    source_system,
    source_entity,
    source_record_id,
    -- the oldest record of a customer has the lowest number
    row_number() over (
        order by created_at asc nulls last, source_system, source_entity, source_record_id
    ) as record_number,
    created_at
from source_records
