with source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

record_values as (
    select * from {{ ref('int_identity__record_values') }}
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

records as (
    select
        source_records.record_number,
        record_customers.cluster_number,
        source_records.source_entity,
        coalesce(source_records.updated_at, source_records.created_at) as stated_at,
        {{ name_words('source_records.first_name') }} as first_words,
        {{ name_words(spoken_last_name('source_records.last_name')) }} as last_words,
        record_values.email,
        record_values.phone,
        -- also of an address without a house number
        split_part({{ normalised_postal_code('source_records.country_code', 'source_records.postal_code') }}, '|', 2)
            as postal_code,
        split_part(record_values.address, '|', 3) as house_number,
        source_records.country_code,
        source_records.birth_date,
        lower(source_records.gender) as gender
    from source_records
    inner join record_values on source_records.record_number = record_values.record_number
    inner join record_customers on source_records.record_number = record_customers.record_number
),

blocklisted_emails as (
    select distinct email
    from records
    where {{ is_blocklisted("'email'", 'records.email') }}
),

blocklisted_phones as (
    select distinct phone
    from records
    where {{ is_blocklisted("'phone'", 'records.phone') }}
)

select
    records.record_number,
    records.cluster_number,
    records.source_entity,
    records.stated_at,
    coalesce(records.first_words, records.last_words) is not null as has_name,
    records.email is not null and blocklisted_emails.email is null as has_email,
    records.phone is not null and blocklisted_phones.phone is null as has_phone,
    records.postal_code is not null as has_address,
    records.country_code is not null as has_country,
    records.birth_date is not null as has_birth_date,
    records.gender is not null as has_gender,
    {{ name_core('records.last_words') }} as name_value,
    -- an initial is no other name than the first name
    case when not {{ is_initials('records.first_words') }} then replace(records.first_words, ' ', '') end
        as name_detail,
    case when blocklisted_emails.email is null then records.email end as email_value,
    case when blocklisted_phones.phone is null then records.phone end as phone_value,
    records.postal_code as address_value,
    records.house_number as address_detail,
    records.country_code as country_value,
    cast(records.birth_date as string) as birth_date_value,
    records.gender as gender_value
from records
left join blocklisted_emails on records.email = blocklisted_emails.email
left join blocklisted_phones on records.phone = blocklisted_phones.phone
