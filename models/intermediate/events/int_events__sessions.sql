with sessions as (
    select * from {{ ref('stg_webshop__sessions') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
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
    from {{ ref('int_identity__record_customers') }}
    where source_entity = 'account'
),

-- the emails that only one customer has
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
    having min(customer_identifiers.customer_id) = max(customer_identifiers.customer_id)
),

known_sessions as (
    select
        sessions.*,
        coalesce(account_customers.customer_id, email_customers.customer_id) as known_customer_id
    from sessions
    left join account_customers on sessions.account_id = account_customers.account_id
    left join email_customers on sessions.email = email_customers.email
),

-- the devices that only one customer was seen on, whenever that was
device_customers as (
    select
        anonymous_id,
        min(known_customer_id) as customer_id
    from known_sessions
    where anonymous_id is not null
    group by anonymous_id
    having
        min(known_customer_id) = max(known_customer_id)
        and count(*) <= {{ var('max_sessions_per_device') }}
)

select
    sessions.session_id,
    coalesce(sessions.known_customer_id, device_customers.customer_id) as customer_id,
    sessions.started_at,
    sessions.anonymous_id,
    sessions.duration_seconds,
    sessions.page_views,
    sessions.product_views,
    sessions.searches,
    sessions.device,
    sessions.traffic_channel,
    sessions.experiment,
    sessions.variant,
    sessions.is_converted
from known_sessions as sessions
cross join as_of
left join device_customers on sessions.anonymous_id = device_customers.anonymous_id
where {{ happened_by_as_of_date('sessions.started_at') }}
