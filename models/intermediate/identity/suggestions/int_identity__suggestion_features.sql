{{ config(materialized='view') }}

with source_records as (
    select * from {{ ref('int_identity__source_records') }}
    -- nobody is compared unless suggestions are switched on
    where {{ 'true' if var('suggest_merges') else 'false' }}
),

representatives as (
    select * from {{ ref('int_identity__representatives') }}
    where name_level < 4
),

record_values as (
    select * from {{ ref('int_identity__record_values') }}
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

skipped_values as (
    select * from {{ ref('int_identity__shared_values') }}
    where skip_reason is not null
),

person_records as (
    select
        source_records.record_key,
        source_records.record_number,
        record_customers.customer_id,
        case
            when representatives.name_level = 1 or representatives.surname is null then representatives.given_name
        end as first_name,
        representatives.initials,
        representatives.surname,
        representatives.is_known_first_name,
        cast(source_records.birth_date as string) as birth_date,
        case when skipped_emails.identifier_value is null then record_values.email end as email,
        case when skipped_phones.identifier_value is null then record_values.phone end as phone,
        nullif({{ replace_all('upper(source_records.postal_code)', '[^0-9A-Z]', '') }}, '') as postal_code,
        case
            when skipped_addresses.identifier_value is null
                then nullif({{ replace_all('upper(source_records.house_number)', '[^0-9A-Z]', '') }}, '')
        end as house_number,
        case
            when skipped_addresses.identifier_value is null
                then nullif({{ replace_all(without_diacritics('source_records.street'), '[^a-z0-9]', '') }}, '')
        end as street,
        nullif({{ replace_all(without_diacritics('source_records.city'), '[^a-z]', '') }}, '') as city
    from source_records
    inner join representatives on source_records.record_number = representatives.representative_number
    inner join record_values on source_records.record_number = record_values.record_number
    inner join record_customers on source_records.record_number = record_customers.record_number
    {%- for kind, plural in {'email': 'emails', 'phone': 'phones', 'address': 'addresses'}.items() %}
    left join skipped_values as skipped_{{ plural }}
        on
            record_values.{{ kind }} = skipped_{{ plural }}.identifier_value
            and skipped_{{ plural }}.identifier_type = '{{ kind }}'
    {%- endfor %}
),

-- a customer's equal records are compared once
described_people as (
    select
        customer_id,
        first_name,
        initials,
        surname,
        is_known_first_name,
        birth_date,
        email,
        phone,
        postal_code,
        house_number,
        street,
        city,
        min_by(record_key, record_number) as record_key
    from person_records
    -- a name alone is no evidence
    where coalesce(birth_date, email, phone, postal_code, street, city) is not null
    group by
        customer_id,
        first_name,
        initials,
        surname,
        is_known_first_name,
        birth_date,
        email,
        phone,
        postal_code,
        house_number,
        street,
        city
)

select
    record_key,
    customer_id,
    first_name,
    initials,
    surname,
    is_known_first_name,
    birth_date,
    email,
    phone,
    postal_code,
    house_number,
    street,
    city
from described_people
