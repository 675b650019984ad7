with sessions as (
    select * from {{ ref('stg_webshop__sessions') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

customer_identifiers as (
    select * from {{ ref('int_identity__customer_identifiers') }}
),

shared_values as (
    select * from {{ ref('int_identity__shared_values') }}
),

account_customers as (
    select
        source_record_id as account_id,
        customer_id
    from record_customers
    where source_entity = 'account'
),

-- the emails that lead to one customer only
email_customers as (
    select
        customer_identifiers.identifier_value as email,
        min(customer_identifiers.customer_id) as customer_id
    from customer_identifiers
    left join shared_values
        on
            customer_identifiers.identifier_type = shared_values.identifier_type
            and customer_identifiers.identifier_value = shared_values.identifier_value
            and shared_values.skip_reason = 'blocklisted'
    where
        customer_identifiers.identifier_type = 'email'
        and shared_values.identifier_value is null
    group by customer_identifiers.identifier_value
    having count(distinct customer_identifiers.customer_id) = 1
),

counted_sessions as (
    select
        sessions.session_id,
        sessions.started_at,
        sessions.traffic_channel,
        sessions.account_id,
        sessions.email
    from sessions
    cross join as_of
    where as_of.cut_off_at is null or sessions.started_at < as_of.cut_off_at
)

select
    counted_sessions.session_id,
    coalesce(account_customers.customer_id, email_customers.customer_id) as customer_id,
    counted_sessions.started_at,
    counted_sessions.traffic_channel
from counted_sessions
left join account_customers on counted_sessions.account_id = account_customers.account_id
left join email_customers on counted_sessions.email = email_customers.email
where coalesce(account_customers.customer_id, email_customers.customer_id) is not null
