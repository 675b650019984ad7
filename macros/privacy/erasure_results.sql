{# The outcome of each request, and the rows of completed requests: they also identify the person. #}
{% macro erasure_results() %}
    create or replace table privacy.results as
    with settled as (
        select distinct {{ request_hash('customer_values.kind', 'customer_values.value') }} as request_hash
        from privacy.customer_values
        inner join privacy.customers on customer_values.customer_id = customers.customer_id
    ),

    record_counts as (
        select
            request_hash,
            requested_at,
            count(*) as records,
            list({{ request_hash("'record'", 'record_key') }}) as record_hashes
        from privacy.records
        group by
            request_hash,
            requested_at
    ),

    row_counts as (
        select
            request_hash,
            count(*) as rows_erased
        from privacy.rows
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
        -- those of earlier deliveries are kept
        list_sort(list_distinct(list_concat(
            coalesce(ledger.record_hashes, []), coalesce(record_counts.record_hashes, [])
        ))) as record_hashes
    from privacy.requests
    left join settled on requests.request_hash = settled.request_hash
    left join record_counts
        on requests.request_hash = record_counts.request_hash and requests.requested_at = record_counts.requested_at
    left join row_counts on requests.request_hash = row_counts.request_hash
    left join privacy.ledger as ledger
        on requests.request_hash = ledger.request_hash and requests.requested_at = ledger.requested_at;

    insert into privacy.rows
    with {{ cell_formats('crm.erasure_requests') }},

    {{ read_cells('crm.erasure_requests', extra={'row_id': 'delivered.rowid'}) }},

    {{ contact_values('email', 'delivered_cells') }},

    {{ first_contact_values('email') }},

    asked as (
        select
            delivered_cells.row_id,
            coalesce({{ contact_value('email', 'delivered_cells') }}, lower(delivered_cells.email_text)) as email,
            delivered_cells.customer_number_text as customer_number
        from delivered_cells
        {{ join_contact_values('email', 'delivered_cells') | indent(8) }}
    )

    select
        'crm.erasure_requests' as source_table,
        asked.row_id,
        cast(null as varchar) as request_hash
    from asked
    left join privacy.own_values as emails on emails.kind = 'email' and emails.value = asked.email
    left join privacy.own_values as numbers on numbers.kind = 'customer_number' and numbers.value = asked.customer_number
    left join privacy.results as results
        on
            results.outcome in ('erased', 'settled')
            and results.request_hash = {{ asked_hash('asked') }}
    where emails.value is not null or numbers.value is not null or results.request_hash is not null
    group by asked.row_id;
{% endmacro %}
