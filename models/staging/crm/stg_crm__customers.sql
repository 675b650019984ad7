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
    -- what cannot be read never keeps consent open
    case when ignored_marketing_consent is not null then false else marketing_consent end as marketing_consent,
    consent_updated_at,
    ignored_consent_updated_at is not null as has_unreadable_consent_date,
    created_at,
    updated_at
from handed_in
where reject_reason is null
