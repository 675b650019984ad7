with source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

accounts as (
    select * from {{ ref('stg_webshop__accounts') }}
    where is_implied
),

orders as (
    select * from {{ ref('stg_webshop__orders') }}
),

countries as (
    select * from {{ ref('countries') }}
),

carried_values as (
    select
        record_number,
        source_entity,
        email,
        phone,
        customer_number,
        country_code
    from source_records
    union all
    -- an order's email and phone tell of its account only when that has no row of its own: then all of them do
    select distinct
        source_records.record_number,
        source_records.source_entity,
        orders.email,
        orders.phone,
        cast(null as string) as customer_number,
        cast(null as string) as country_code
    from accounts
    inner join orders on accounts.account_id = orders.account_id
    inner join source_records
        on
            accounts.account_id = source_records.source_record_id
            and source_records.source_entity = 'account'
),

normalised_values as (
    select
        carried_values.record_number,
        carried_values.source_entity,
        {{ normalised_email('carried_values.email') }} as email,
        {{ normalised_phone('carried_values.phone', 'countries') }} as phone,
        carried_values.customer_number
    from carried_values
    left join countries
        on coalesce(carried_values.country_code, upper('{{ var("default_country") }}')) = countries.country_code
),

carriers as (
    select
        *,
        -- guest orders with the same email and phone are together one guest
        case
            when source_entity = 'guest_order' then coalesce(email, '') || '|' || coalesce(phone, '')
            else cast(record_number as string)
        end as carrier_key
    from normalised_values
)
{% for identifier_type in ['email', 'phone', 'customer_number'] %}
select distinct
    record_number,
    '{{ identifier_type }}' as identifier_type,
    {{ identifier_type }} as identifier_value,
    carrier_key
from carriers
where {{ identifier_type }} is not null
{% if not loop.last %}union all{% endif %}
{%- endfor %}
