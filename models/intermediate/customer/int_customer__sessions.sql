with sessions as (
    select * from {{ ref('stg_webshop__sessions') }}
),

as_of as (
    select * from {{ ref('int_orders__as_of_date') }}
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

identifiers as (
    select * from {{ ref('int_identity__identifiers') }}
),

shared_values as (
    select * from {{ ref('int_identity__shared_values') }}
),

record_values as (
    select * from {{ ref('int_identity__record_values') }}
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
        identifiers.identifier_value as email,
        min(record_customers.customer_id) as customer_id
    from identifiers
    inner join record_values on identifiers.carrier_number = record_values.carrier_number
    inner join record_customers on record_values.record_number = record_customers.record_number
    left join shared_values
        on
            identifiers.identifier_type = shared_values.identifier_type
            and identifiers.identifier_value = shared_values.identifier_value
            and shared_values.skip_reason = 'blocklisted'
    where
        identifiers.identifier_type = 'email'
        and shared_values.identifier_value is null
    group by identifiers.identifier_value
    having count(distinct record_customers.customer_id) = 1
),

counted_sessions as (
    select
        sessions.session_id,
        sessions.started_at,
        sessions.traffic_channel,
        sessions.account_id,
        {{ normalised_email('sessions.email') }} as email
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
