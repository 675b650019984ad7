with source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

record_values as (
    select * from {{ ref('int_identity__record_values') }}
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

customers as (
    select * from {{ ref('int_customer__customers') }}
),

profile_attributes as (
    select * from {{ ref('profile_attributes') }}
),

survivorship as (
    select * from {{ ref('survivorship') }}
),

records as (
    select
        source_records.*,
        customers.first_record_number,
        coalesce(source_records.updated_at, source_records.created_at) as stated_at,
        record_values.email as compared_email,
        record_values.phone as compared_phone,
        -- of an address without a house number, too
        split_part({{ normalised_postal_code('source_records.country_code', 'source_records.postal_code') }}, '|', 2)
            as compared_postal_code,
        split_part(record_values.address, '|', 3) as compared_house_number,
        {{ name_words('source_records.first_name') }} as first_words,
        {{ name_words(spoken_last_name('source_records.last_name')) }} as last_words
    from source_records
    inner join record_values on source_records.record_number = record_values.record_number
    inner join record_customers on source_records.record_number = record_customers.record_number
    inner join customers on record_customers.customer_id = customers.customer_id
),

-- two values contradict each other when they differ in either part; a part that is null contradicts nothing
field_values as (
    select
        records.first_record_number,
        profile_attributes.attribute as field,
        records.record_number,
        records.source_entity,
        records.stated_at,
        case profile_attributes.attribute
            when 'name' then trim(coalesce(records.first_name, '') || coalesce(records.last_name, '')) <> ''
            when 'email' then records.email is not null
            when 'phone' then records.phone is not null
            when 'address' then records.postal_code is not null
            when 'country' then records.country_code is not null
            when 'birth_date' then records.birth_date is not null
            when 'gender' then records.gender is not null
        end as is_filled,
        case profile_attributes.attribute
            when 'name' then {{ name_core('records.last_words') }}
            when 'email' then records.compared_email
            when 'phone' then records.compared_phone
            when 'address' then records.compared_postal_code
            when 'country' then records.country_code
            when 'birth_date' then cast(records.birth_date as string)
            when 'gender' then lower(records.gender)
        end as compared_value,
        case profile_attributes.attribute
            -- an initial is no other name than the first name
            when 'name'
                then case
                    when not {{ is_initials('records.first_words') }} then replace(records.first_words, ' ', '')
                end
            when 'address' then records.compared_house_number
        end as compared_detail,
        case profile_attributes.attribute
            when 'name' then coalesce(records.first_words, records.last_words) is not null
            when 'email' then records.compared_email is not null
            when 'phone' then records.compared_phone is not null
            when 'address' then records.compared_postal_code is not null
            else true
        end as is_readable
    from records
    cross join profile_attributes
),

filled_values as (
    select * from field_values
    where is_filled
),

blocklisted_values as (
    select distinct
        filled_values.field,
        filled_values.compared_value
    from filled_values
    where
        filled_values.field in ('email', 'phone')
        and {{ is_blocklisted('filled_values.field', 'filled_values.compared_value') }}
)

select
    filled_values.first_record_number,
    filled_values.field,
    filled_values.record_number,
    filled_values.source_entity,
    survivorship.rank as source_rank,
    filled_values.stated_at,
    filled_values.compared_value,
    filled_values.compared_detail,
    filled_values.is_readable and blocklisted_values.compared_value is null as is_usable
from filled_values
left join survivorship
    on
        filled_values.field = survivorship.attribute
        and filled_values.source_entity = survivorship.source_entity
left join blocklisted_values
    on
        filled_values.field = blocklisted_values.field
        and filled_values.compared_value = blocklisted_values.compared_value
