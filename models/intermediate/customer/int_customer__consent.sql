with statements as (
    select * from {{ ref('stg_crm__customers') }}
    where marketing_consent is not null
),

-- a no whose date cannot be read may be the latest, so it is
customers as (
    select
        customer_number,
        marketing_consent,
        consent_updated_at,
        has_unreadable_consent_date and not marketing_consent as is_last_word
    from statements
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
    where source_entity = 'customer'
),

-- the latest dated statement holds; at equal dates a no
ranked as (
    select
        record_customers.customer_id,
        customers.marketing_consent,
        customers.consent_updated_at,
        customers.is_last_word,
        record_customers.source_system,
        record_customers.source_entity,
        record_customers.source_record_id,
        row_number() over (
            partition by record_customers.customer_id
            order by
                customers.is_last_word desc,
                customers.consent_updated_at desc nulls last,
                customers.marketing_consent,
                record_customers.source_record_id
        ) as recency
    from customers
    inner join record_customers on customers.customer_number = record_customers.source_record_id
)

select
    customer_id,
    marketing_consent,
    consent_updated_at as stated_at,
    is_last_word,
    source_system,
    source_entity,
    source_record_id
from ranked
where recency = 1
