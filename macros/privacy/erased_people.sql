{# The people in the requests: customers, their records up to the request, and the values that nobody else has. #}
{% macro erased_people(asked) %}
    {{ written_keys() }}

    create or replace table privacy.customer_values as
    with {{ further_values() }},

    {{ known_sessions() }}

    select
        identifier_type as kind,
        identifier_value as value,
        customer_id
    from {{ ref('int_identity__customer_identifiers') }}
    where identifier_type in ('email', 'phone', 'customer_number')
    union
    select
        kind,
        value,
        customer_id
    from further_values
    union
    select
        'anonymous_id' as kind,
        anonymous_id as value,
        customer_id
    from customer_devices
    union
    select
        'customer_number' as kind,
        written_keys.written_key as value,
        record_customers.customer_id
    from privacy.written_keys as written_keys
    inner join {{ ref('int_identity__record_customers') }} as record_customers
        on
            written_keys.source_entity = record_customers.source_entity
            and written_keys.source_record_id = record_customers.source_record_id
    where written_keys.source_entity = 'customer';

    create or replace table privacy.requests as
    with requests as (
        select
            {{ asked_hash('asked') }} as request_hash,
            {{ asked_by('asked') }} as requested_by,
            requested_at,
            cast(null as varchar) as outcome
        from {{ asked }} as asked
        union
        select
            request_hash,
            requested_by,
            requested_at,
            outcome
        from privacy.ledger
    ),

    values_meant as (
        select
            {{ request_hash('kind', 'value') }} as request_hash,
            count(distinct customer_id) as customers,
            min(customer_id) as customer_id
        from privacy.customer_values
        where kind in ('email', 'customer_number')
        group by 1
    ),

    outcomes as (
        select
            request_hash,
            requested_by,
            requested_at,
            max(outcome) as earlier_outcome
        from requests
        group by
            request_hash,
            requested_by,
            requested_at
    )

    -- an email that once belonged to several customers never identifies the one who remains
    select
        outcomes.request_hash,
        outcomes.requested_by,
        outcomes.requested_at,
        outcomes.earlier_outcome,
        coalesce(values_meant.customers, 0) as customers,
        case
            when values_meant.customers = 1 and coalesce(outcomes.earlier_outcome, 'not_found') = 'not_found'
                then values_meant.customer_id
        end as customer_id
    from outcomes
    left join values_meant on outcomes.request_hash = values_meant.request_hash;

    -- once carried out, a request means the records that were erased then
    create or replace table privacy.known_records as
    with record_keys as (
        select
            record_key,
            record_key as hashed_key
        from {{ ref('int_identity__record_customers') }}
        union all
        select
            record_customers.record_key,
            record_customers.source_system || '/' || record_customers.source_entity || '/' || written_keys.written_key
                as hashed_key
        from privacy.written_keys as written_keys
        inner join {{ ref('int_identity__record_customers') }} as record_customers
            on
                written_keys.source_entity = record_customers.source_entity
                and written_keys.source_record_id = record_customers.source_record_id
    )

    select
        record_customers.record_key,
        record_customers.customer_id,
        max(not {{ is_of_a_guest('record_customers') }} or customers.is_of_guests) as identifies_the_customer,
        min(ledger.request_hash) as request_hash,
        max(ledger.requested_at) as requested_at
    from privacy.ledger as ledger
    cross join unnest(ledger.record_hashes) as hashes (record_hash)
    inner join record_keys on hashes.record_hash = {{ request_hash("'record'", 'record_keys.hashed_key') }}
    inner join {{ ref('int_identity__record_customers') }} as record_customers
        on record_keys.record_key = record_customers.record_key
    inner join (
        select
            customer_id,
            bool_and({{ is_of_a_guest('records') }}) as is_of_guests
        from {{ ref('int_identity__record_customers') }} as records
        group by customer_id
    ) as customers on record_customers.customer_id = customers.customer_id
    where ledger.outcome = 'erased'
    group by
        record_customers.record_key,
        record_customers.customer_id;

    -- a guest order that now belongs to someone else's records identifies nobody: only its row is erased
    create or replace table privacy.customers as
    select
        customer_id,
        max_by(request_hash, requested_at) as request_hash,
        max(requested_at) as requested_at
    from (
        select customer_id, request_hash, requested_at from privacy.requests where customer_id is not null
        union all
        select customer_id, request_hash, requested_at from privacy.known_records where identifies_the_customer
    )
    group by customer_id;

    create or replace table privacy.records as
    select
        record_customers.record_key,
        record_customers.source_entity,
        record_customers.source_record_id,
        coalesce(customers.request_hash, known_records.request_hash) as request_hash,
        coalesce(customers.requested_at, known_records.requested_at) as requested_at
    from {{ ref('int_identity__record_customers') }} as record_customers
    left join privacy.customers as customers on record_customers.customer_id = customers.customer_id
    left join privacy.known_records as known_records on record_customers.record_key = known_records.record_key
    where
        known_records.record_key is not null
        or (
            customers.customer_id is not null
            and (record_customers.created_at is null or record_customers.created_at <= customers.requested_at)
        );

    create or replace table privacy.own_values as
    select
        customer_values.kind,
        customer_values.value,
        min(customers.request_hash) as request_hash,
        max(customers.requested_at) as requested_at
    from privacy.customer_values
    left join privacy.customers on customer_values.customer_id = customers.customer_id
    group by
        customer_values.kind,
        customer_values.value
    having bool_and(customers.customer_id is not null);

    create or replace table privacy.values_of_one as
    select
        kind,
        value
    from privacy.customer_values
    group by
        kind,
        value
    having count(distinct customer_id) = 1;

    create or replace table privacy.rows (source_table varchar, row_id bigint, request_hash varchar);

    create or replace table privacy.erased_keys (source_table varchar, key varchar, request_hash varchar);
{% endmacro %}
