{#
  CTEs of whose sessions are: `known_sessions`, each accepted session with the customer of its account, else the only one
  with its email (known_customer_id); and `customer_devices`, the customers who have such sessions of each anonymous_id.
  Events, erasure and access read them.
#}
{% macro known_sessions() -%}
    sessions as (
        select * from {{ ref('stg_webshop__sessions') }}
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

    {{ busy_devices() | indent(4) }},

    -- a busy device tells nothing
    customer_devices as (
        select distinct
            known_sessions.anonymous_id,
            known_sessions.known_customer_id as customer_id
        from known_sessions
        left join busy_devices on known_sessions.anonymous_id = busy_devices.anonymous_id
        where
            known_sessions.anonymous_id is not null
            and known_sessions.known_customer_id is not null
            and busy_devices.anonymous_id is null
    )
{%- endmacro %}
