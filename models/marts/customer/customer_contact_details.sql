with source_values as (
    select
        *,
        coalesce(first_name, last_name) is not null as has_name,
        postal_code is not null as has_address
    from {{ ref('int_customer__source_values') }}
)

-- a name, and an address, is taken whole from one record: an empty part of it is not filled from another
select
    customer_id,
    nullif(min_by(coalesce(first_name, ''), preference) filter (where has_name), '') as first_name,
    nullif(min_by(coalesce(last_name, ''), preference) filter (where has_name), '') as last_name,
    min_by(email, preference) filter (where email is not null) as email,
    min_by(phone, preference) filter (where phone is not null) as phone,
    nullif(min_by(coalesce(street, ''), preference) filter (where has_address), '') as street,
    nullif(min_by(coalesce(house_number, ''), preference) filter (where has_address), '') as house_number,
    min_by(postal_code, preference) filter (where postal_code is not null) as postal_code,
    nullif(min_by(coalesce(city, ''), preference) filter (where has_address), '') as city,
    min_by(country_code, preference) filter (where country_code is not null) as country_code,
    min_by(birth_date, preference) filter (where birth_date is not null) as birth_date,
    min_by(gender, preference) filter (where gender is not null) as gender,
    min_by(source_system, preference) filter (where has_name) as name_source,
    min_by(source_system, preference) filter (where email is not null) as email_source,
    min_by(source_system, preference) filter (where phone is not null) as phone_source,
    min_by(source_system, preference) filter (where has_address) as address_source,
    min_by(source_system, preference) filter (where country_code is not null) as country_source,
    min_by(source_system, preference) filter (where birth_date is not null) as birth_date_source,
    min_by(source_system, preference) filter (where gender is not null) as gender_source
from source_values
group by customer_id
