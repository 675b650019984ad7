with source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

customers as (
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

countries as (
    select * from {{ ref('countries') }}
),

carried_values as (
    select
        'crm/customer/' || customer_number as record_key,
        email,
        phone,
        customer_number,
        country_code
    from customers
    union all
    select
        'webshop/account/' || account_id as record_key,
        email,
        phone,
        customer_number,
        country_code
    from accounts
    where not is_implied
    union all
    -- an order's email and phone tell of its account only when that has no row of its own
    select distinct
        'webshop/account/' || accounts.account_id as record_key,
        orders.email,
        orders.phone,
        cast(null as string) as customer_number,
        cast(null as string) as country_code
    from accounts
    inner join orders on accounts.account_id = orders.account_id
    where accounts.is_implied
    union all
    select
        'webshop/guest_order/' || order_id as record_key,
        email,
        phone,
        cast(null as string) as customer_number,
        cast(null as string) as country_code
    from orders
    where account_id is null
    union all
    select
        'service_desk/contact/' || contact_id as record_key,
        email,
        phone,
        customer_number,
        cast(null as string) as country_code
    from contacts
),

normalised_values as (
    select
        carried_values.record_key,
        {{ normalised_email('carried_values.email') }} as email,
        {{ normalised_phone('carried_values.phone', 'countries') }} as phone,
        carried_values.customer_number
    from carried_values
    left join countries
        on coalesce(carried_values.country_code, upper('{{ var("default_country") }}')) = countries.country_code
),

identifiers as (
    select
        record_key,
        'email' as identifier_type,
        email as identifier_value,
        coalesce(email, '') || '|' || coalesce(phone, '') as guest_key
    from normalised_values
    where email is not null
    union all
    select
        record_key,
        'phone' as identifier_type,
        phone as identifier_value,
        coalesce(email, '') || '|' || coalesce(phone, '') as guest_key
    from normalised_values
    where phone is not null
    union all
    select
        record_key,
        'customer_number' as identifier_type,
        customer_number as identifier_value,
        '' as guest_key
    from normalised_values
    where customer_number is not null
)

select distinct
    source_records.record_number,
    source_records.source_entity,
    identifiers.identifier_type,
    identifiers.identifier_value,
    -- guest orders with the same email and phone are together one guest
    case
        when source_records.source_entity = 'guest_order' then identifiers.guest_key
        else identifiers.record_key
    end as carrier_key
from identifiers
inner join source_records on identifiers.record_key = source_records.record_key
