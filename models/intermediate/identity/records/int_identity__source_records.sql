with customers as (
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

-- what is known of an account without a row of its own: what the latest of its orders says
orders_of_implied_accounts as (
    select
        accounts.account_id,
        orders.ordered_at,
        orders.email,
        orders.phone,
        row_number() over (partition by accounts.account_id order by orders.ordered_at, orders.order_id) as order_number
    from accounts
    inner join orders on accounts.account_id = orders.account_id
    where accounts.is_implied
),

order_details as (
    select
        account_id,
        max(ordered_at) as last_ordered_at,
        max_by(email, order_number) filter (where email is not null) as email,
        max_by(phone, order_number) filter (where phone is not null) as phone
    from orders_of_implied_accounts
    group by account_id
),

source_records as (
    select
        'crm' as source_system,
        'customer' as source_entity,
        customer_number as source_record_id,
        created_at,
        updated_at,
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
        customer_number
    from customers
    union all
    select
        'webshop' as source_system,
        'account' as source_entity,
        accounts.account_id as source_record_id,
        accounts.created_at,
        coalesce(accounts.updated_at, order_details.last_ordered_at) as updated_at,
        accounts.first_name,
        accounts.last_name,
        coalesce(accounts.email, order_details.email) as email,
        coalesce(accounts.phone, order_details.phone) as phone,
        cast(null as date) as birth_date,
        cast(null as string) as gender,
        cast(null as string) as street,
        accounts.house_number,
        accounts.postal_code,
        cast(null as string) as city,
        accounts.country_code,
        accounts.customer_number
    from accounts
    left join order_details on accounts.account_id = order_details.account_id
    union all
    select
        'webshop' as source_system,
        'guest_order' as source_entity,
        order_id as source_record_id,
        ordered_at as created_at,
        ordered_at as updated_at,
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
        cast(null as string) as customer_number
    from orders
    where account_id is null
    union all
    select
        'service_desk' as source_system,
        'contact' as source_entity,
        contact_id as source_record_id,
        created_at,
        updated_at,
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
        customer_number
    from contacts
)

select
    source_system || '/' || source_entity || '/' || source_record_id as record_key,
    source_system,
    source_entity,
    source_record_id,
    -- the oldest record of a customer has the lowest number
    row_number() over (
        order by created_at asc nulls last, source_system, source_entity, source_record_id
    ) as record_number,
    created_at,
    updated_at,
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
    customer_number
from source_records
