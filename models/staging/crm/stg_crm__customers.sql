with delivered as (
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
    -- a value that cannot be read never counts as consent
    case when ignored_marketing_consent is not null then false else marketing_consent end as marketing_consent,
    consent_updated_at,
    ignored_consent_updated_at is not null as has_unreadable_consent_date,
    created_at,
    updated_at
from delivered
where reject_reason is null
