with handed_in as (
    select * from {{ ref('base_crm__customers') }}
)

select
    customer_number,
    first_name,
    last_name,
    email,
    phone,
    birth_date,
    gender,
    street,
    house_number,
    postal_code,
    city,
    country_code,
    company_name,
    marketing_consent,
    consent_updated_at,
    created_at,
    updated_at
from handed_in
where reject_reason is null
