{#
  Finds the rows that erasure takes out: `dbt run-operation find_erased_rows`, in a warehouse that holds all rows and
  whose identities are resolved. Rows are told by DuckDB's rowid. It reads erasure.ledger (request_hash, requested_by,
  requested_at, outcome, record_hashes: the requests of earlier builds) and makes
    erasure.results  one row per request and what came of it, as restricted.erasure_results has it
    erasure.rows     one row per row to take out: source_table, row_id, request_hash
    erasure.records  one row per record of an erased customer, with its key
#}
{% macro find_erased_rows() %}
    {%- set contract = source_contract() -%}
    {%- do run_query(erased_people()) -%}
    {#- orders come before their lines: the contract has them in that order -#}
    {%- for source_table in contract if source_table != 'crm.erasure_requests' -%}
        {%- do run_query('insert into erasure.rows ' ~ erased_rows_of(source_table, contract[source_table])) -%}
    {%- endfor -%}
    {%- do run_query(erasure_results()) -%}
{% endmacro %}

{# The keyed hash that a request is known by: nobody can tell from it whom it means without the secret. #}
{% macro request_hash(requested_by, value) -%}
    sha256({{ id_salt() }} || '|' || {{ requested_by }} || '|' || {{ value }})
{%- endmacro %}

{# Whom the requests mean: customers, their records up to the request, and the values that are theirs alone. #}
{% macro erased_people() %}
    create schema if not exists erasure;

    create or replace table erasure.customer_values as
    select distinct
        identifier_type as kind,
        identifier_value as value,
        customer_id
    from {{ ref('int_identity__customer_identifiers') }}
    where identifier_type in ('email', 'phone', 'customer_number');

    create or replace table erasure.requests as
    with delivered as (
        select
            case when customer_number is null then 'email' else 'customer_number' end as requested_by,
            coalesce(customer_number, {{ normalised_email('email') }}, lower(email)) as value,
            requested_at
        from {{ ref('stg_crm__erasure_requests') }}
    ),

    requests as (
        select
            {{ request_hash('requested_by', 'value') }} as request_hash,
            requested_by,
            requested_at,
            cast(null as varchar) as outcome
        from delivered
        union
        select
            request_hash,
            requested_by,
            requested_at,
            outcome
        from erasure.ledger
    ),

    values_meant as (
        select
            {{ request_hash('kind', 'value') }} as request_hash,
            count(distinct customer_id) as customers,
            min(customer_id) as customer_id
        from erasure.customer_values
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

    -- an email that once belonged to several is never taken for that of the one who is left
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

    -- once carried out, a request means the records that went then
    create or replace table erasure.known_records as
    select
        record_customers.record_key,
        record_customers.customer_id,
        max(record_customers.source_entity <> 'guest_order' or customers.is_of_guests) as tells_the_customer,
        min(ledger.request_hash) as request_hash,
        max(ledger.requested_at) as requested_at
    from erasure.ledger as ledger
    cross join unnest(ledger.record_hashes) as hashes (record_hash)
    inner join {{ ref('int_identity__record_customers') }} as record_customers
        on hashes.record_hash = {{ request_hash("'record'", 'record_customers.record_key') }}
    inner join (
        select
            customer_id,
            bool_and(source_entity = 'guest_order') as is_of_guests
        from {{ ref('int_identity__record_customers') }}
        group by customer_id
    ) as customers on record_customers.customer_id = customers.customer_id
    where ledger.outcome = 'erased'
    group by
        record_customers.record_key,
        record_customers.customer_id;

    -- a guest order among somebody else's records by now tells of nobody: it goes alone
    create or replace table erasure.customers as
    select
        customer_id,
        max_by(request_hash, requested_at) as request_hash,
        max(requested_at) as requested_at
    from (
        select customer_id, request_hash, requested_at from erasure.requests where customer_id is not null
        union all
        select customer_id, request_hash, requested_at from erasure.known_records where tells_the_customer
    )
    group by customer_id;

    create or replace table erasure.records as
    select
        record_customers.record_key,
        record_customers.source_entity,
        record_customers.source_record_id,
        coalesce(customers.request_hash, known_records.request_hash) as request_hash,
        coalesce(customers.requested_at, known_records.requested_at) as requested_at
    from {{ ref('int_identity__record_customers') }} as record_customers
    left join erasure.customers as customers on record_customers.customer_id = customers.customer_id
    left join erasure.known_records as known_records on record_customers.record_key = known_records.record_key
    where
        known_records.record_key is not null
        or (
            customers.customer_id is not null
            and (record_customers.created_at is null or record_customers.created_at <= customers.requested_at)
        );

    create or replace table erasure.own_values as
    select
        customer_values.kind,
        customer_values.value,
        min(customers.request_hash) as request_hash,
        max(customers.requested_at) as requested_at
    from erasure.customer_values
    left join erasure.customers on customer_values.customer_id = customers.customer_id
    group by
        customer_values.kind,
        customer_values.value
    having bool_and(customers.customer_id is not null);

    create or replace table erasure.rows (source_table varchar, row_id bigint, request_hash varchar);
{% endmacro %}

{#
  The rows of a table that are a record of an erased customer; that refer to one, or were rejected and name a value
  of that customer alone, and are not dated after the request.
#}
{% macro erased_rows_of(source_table, contract) %}
    {%- set system, name = source_table.split('.') -%}
    {%- set key, columns = contract.key, contract.columns -%}
    {%- set entities = {
        'crm.customers': 'customer', 'webshop.accounts': 'account', 'webshop.orders': 'guest_order',
        'service_desk.contacts': 'contact',
    } -%}
    {%- set owners = {
        'crm.campaign_contacts': ('customer_number', 'customer'), 'webshop.orders': ('account_id', 'account'),
        'webshop.sessions': ('account_id', 'account'), 'service_desk.tickets': ('contact_id', 'contact'),
        'service_desk.survey_invitations': ('contact_id', 'contact'),
        'service_desk.survey_responses': ('contact_id', 'contact'),
    } -%}
    {%- set dated = columns.items()
        | selectattr('1.type', 'equalto', 'timestamp') | selectattr('1.required', 'defined') | map('first') | list -%}
    {%- set happened_at = 'created_at' if 'created_at' in columns else (dated | first) -%}
    with handed_in as (
        select
            rowid as row_id,
            {%- for column in columns %}
            {{ trimmed(column) }} as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ source(system, name) }}
    ),

    default_country as (
        select * from {{ ref('countries') }}
        where country_code = upper('{{ var("default_country") }}')
    ),

    found as (
        select
            row_id,
            cast(null as varchar) as request_hash,
            cast(null as timestamp) as requested_at
        from handed_in
        where false
        {%- if source_table in entities %}
        union all
        select
            handed_in.row_id,
            records.request_hash,
            cast(null as timestamp) as requested_at
        from handed_in
        inner join erasure.records as records
            on
                handed_in.{{ key[0] }} = records.source_record_id
                and records.source_entity = '{{ entities[source_table] }}'
        {%- endif %}
        {%- if source_table in owners %}
        union all
        select
            handed_in.row_id,
            records.request_hash,
            records.requested_at
        from handed_in
        inner join erasure.records as records
            on
                handed_in.{{ owners[source_table][0] }} = records.source_record_id
                and records.source_entity = '{{ owners[source_table][1] }}'
        {%- endif %}
        {%- if source_table == 'webshop.order_lines' %}
        union all
        select
            handed_in.row_id,
            erased_rows.request_hash,
            cast(null as timestamp) as requested_at
        from erasure.rows as erased_rows
        inner join {{ source('webshop', 'orders') }} as orders
            on erased_rows.row_id = orders.rowid and erased_rows.source_table = 'webshop.orders'
        inner join handed_in on handed_in.order_id = {{ trimmed('orders.order_id') }}
        {%- endif %}
        {%- for kind in ['email', 'phone', 'customer_number']
            if kind in columns and kind != key[0] and kind != owners.get(source_table, ('',))[0] %}
        union all
        select
            handed_in.row_id,
            own_values.request_hash,
            own_values.requested_at
        from handed_in
        cross join default_country
        inner join erasure.own_values as own_values
            on
                own_values.kind = '{{ kind }}'
                and own_values.value = {{
                    normalised_email('handed_in.email') if kind == 'email'
                    else normalised_phone('handed_in.phone', 'default_country') if kind == 'phone'
                    else 'handed_in.customer_number'
                }}
        {%- if source_table == 'webshop.sessions' %}
        -- of a known account it is that account's customer whose session it is
        left join {{ ref('stg_webshop__accounts') }} as accounts on handed_in.account_id = accounts.account_id
        where accounts.account_id is null
        {%- else %}
        left join {{ ref('stg_' ~ source_table | replace('.', '__')) }} as accepted
            on handed_in.{{ key[0] }} = accepted.{{ key[0] }}
        where accepted.{{ key[0] }} is null
        {%- endif %}
        {%- endfor %}
    )

    select
        '{{ source_table }}' as source_table,
        found.row_id,
        min(found.request_hash) as request_hash
    from found
    {%- if happened_at %}
    inner join handed_in on found.row_id = handed_in.row_id
    where
        found.requested_at is null
        or {{ read_timestamp('handed_in.' ~ happened_at) }} is null
        or {{ read_timestamp('handed_in.' ~ happened_at) }} <= found.requested_at
    {%- endif %}
    group by found.row_id
{% endmacro %}

{# What came of each request, and the rows of requests that are done: they name the person, too. #}
{% macro erasure_results() %}
    create or replace table erasure.results as
    with settled as (
        select distinct {{ request_hash('customer_values.kind', 'customer_values.value') }} as request_hash
        from erasure.customer_values
        inner join erasure.customers on customer_values.customer_id = customers.customer_id
    ),

    record_counts as (
        select
            request_hash,
            requested_at,
            count(*) as records,
            list({{ request_hash("'record'", 'record_key') }}) as record_hashes
        from erasure.records
        group by
            request_hash,
            requested_at
    ),

    row_counts as (
        select
            request_hash,
            count(*) as rows_erased
        from erasure.rows
        group by request_hash
    )

    select
        requests.request_hash,
        requests.requested_by,
        requests.requested_at,
        case
            when requests.customer_id is not null then 'erased'
            when requests.earlier_outcome in ('erased', 'settled') then requests.earlier_outcome
            when (requests.customers > 1 or requests.earlier_outcome = 'ambiguous') and settled.request_hash is not null
                then 'settled'
            when requests.customers > 1 or requests.earlier_outcome = 'ambiguous' then 'ambiguous'
            else 'not_found'
        end as outcome,
        requests.customers,
        coalesce(record_counts.records, 0) as records,
        case when record_counts.records > 0 then coalesce(row_counts.rows_erased, 0) else 0 end as rows_erased,
        -- those of earlier deliveries stay
        list_sort(list_distinct(list_concat(
            coalesce(ledger.record_hashes, []), coalesce(record_counts.record_hashes, [])
        ))) as record_hashes
    from erasure.requests
    left join settled on requests.request_hash = settled.request_hash
    left join record_counts
        on requests.request_hash = record_counts.request_hash and requests.requested_at = record_counts.requested_at
    left join row_counts on requests.request_hash = row_counts.request_hash
    left join erasure.ledger as ledger
        on requests.request_hash = ledger.request_hash and requests.requested_at = ledger.requested_at;

    insert into erasure.rows
    with handed_in as (
        select
            rowid as row_id,
            {{ trimmed('email') }} as email,
            {{ trimmed('customer_number') }} as customer_number
        from {{ source('crm', 'erasure_requests') }}
    )

    select
        'crm.erasure_requests' as source_table,
        handed_in.row_id,
        cast(null as varchar) as request_hash
    from handed_in
    left join erasure.own_values as emails on emails.kind = 'email' and emails.value = {{ normalised_email('handed_in.email') }}
    left join erasure.own_values as numbers on numbers.kind = 'customer_number' and numbers.value = handed_in.customer_number
    left join erasure.results as results
        on
            results.outcome in ('erased', 'settled')
            and results.request_hash = case
                when handed_in.customer_number is null
                    then {{ request_hash("'email'", 'coalesce(' ~ normalised_email('handed_in.email') ~ ', lower(handed_in.email))') }}
                else {{ request_hash("'customer_number'", 'handed_in.customer_number') }}
            end
    where emails.value is not null or numbers.value is not null or results.request_hash is not null
    group by handed_in.row_id;
{% endmacro %}
