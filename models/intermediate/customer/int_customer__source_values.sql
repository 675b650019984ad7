with record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

customers as (
    select * from {{ ref('stg_crm__customers') }}
),

accounts as (
    select * from {{ ref('stg_webshop__accounts') }}
),

orders as (
    select * from {{ ref('stg_webshop__orders') }}
),

contacts as (
    select * from {{ ref('stg_service_desk__contacts') }}
),

source_values as (
    select
        'crm/customer/' || customer_number as record_key,
        1 as source_priority,
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
        coalesce(updated_at, created_at) as stated_at
    from customers
    union all
    select
        'webshop/account/' || account_id as record_key,
        2 as source_priority,
        first_name,
        last_name,
        email,
        phone,
        cast(null as date) as birth_date,
        cast(null as string) as gender,
        cast(null as string) as street,
        house_number,
        postal_code,
        cast(null as string) as city,
        country_code,
        coalesce(updated_at, created_at) as stated_at
    from accounts
    where not is_implied
    union all
    select
        'service_desk/contact/' || contact_id as record_key,
        3 as source_priority,
        first_name,
        last_name,
        email,
        phone,
        cast(null as date) as birth_date,
        cast(null as string) as gender,
        cast(null as string) as street,
        cast(null as string) as house_number,
        cast(null as string) as postal_code,
        cast(null as string) as city,
        cast(null as string) as country_code,
        coalesce(updated_at, created_at) as stated_at
    from contacts
    union all
    select
        'webshop/guest_order/' || order_id as record_key,
        4 as source_priority,
        cast(null as string) as first_name,
        cast(null as string) as last_name,
        email,
        phone,
        cast(null as date) as birth_date,
        cast(null as string) as gender,
        cast(null as string) as street,
        cast(null as string) as house_number,
        cast(null as string) as postal_code,
        cast(null as string) as city,
        cast(null as string) as country_code,
        ordered_at as stated_at
    from orders
    where account_id is null
    union all
    -- an implied account is known by what its latest order says
    select
        'webshop/account/' || accounts.account_id as record_key,
        4 as source_priority,
        cast(null as string) as first_name,
        cast(null as string) as last_name,
        max_by(orders.email, orders.ordered_at) filter (where orders.email is not null) as email,
        max_by(orders.phone, orders.ordered_at) filter (where orders.phone is not null) as phone,
        cast(null as date) as birth_date,
        cast(null as string) as gender,
        cast(null as string) as street,
        cast(null as string) as house_number,
        cast(null as string) as postal_code,
        cast(null as string) as city,
        cast(null as string) as country_code,
        max(orders.ordered_at) as stated_at
    from accounts
    inner join orders on accounts.account_id = orders.account_id
    where accounts.is_implied
    group by accounts.account_id
)

select
    record_customers.customer_id,
    source_values.record_key,
    record_customers.source_system,
    source_values.first_name,
    source_values.last_name,
    source_values.email,
    source_values.phone,
    source_values.birth_date,
    source_values.gender,
    source_values.street,
    source_values.house_number,
    source_values.postal_code,
    source_values.city,
    source_values.country_code,
    -- which value is taken first: by system, then the latest, then the oldest record
    row_number() over (
        partition by record_customers.customer_id
        order by source_values.source_priority, source_values.stated_at desc nulls last, record_customers.record_number
    ) as preference
from source_values
inner join record_customers on source_values.record_key = record_customers.record_key
