with source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

ranked as (
    select
        source_records.*,
        record_customers.customer_id,
        case source_records.source_entity
            when 'customer' then 1
            when 'account' then 2
            when 'contact' then 3
            else 4
        end as source_priority,
        coalesce(source_records.updated_at, source_records.created_at) as stated_at
    from source_records
    inner join record_customers on source_records.record_number = record_customers.record_number
)

select
    customer_id,
    record_key,
    source_system,
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
    -- which value is taken first: by system, then the latest, then the oldest record
    row_number() over (
        partition by customer_id
        order by source_priority, stated_at desc nulls last, record_number
    ) as preference
from ranked
