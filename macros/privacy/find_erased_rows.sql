{# `dbt run-operation find_erased_rows`, in a warehouse with all rows and their identities. #}
{% macro find_erased_rows() %}
    {%- do run_query(erased_rows(ref('stg_crm__erasure_requests'))) -%}
{% endmacro %}

{#
  Finds the rows of people: for erasure, which removes them, and for access, which shows them. Rows are identified by
  DuckDB's rowid. `asked` has email, customer_number and requested_at; privacy.ledger has the requests of earlier
  builds (request_hash, requested_by, requested_at, outcome, record_hashes). It makes
    privacy.results  one row per request and its outcome, as in restricted.erasure_results
    privacy.rows     one row per row of these customers, up to the request: source_table, row_id, request_hash
    privacy.records  one row per record of these customers, with its key
#}
{% macro erased_rows(asked) %}
    {{ erased_people(asked) }}
    {#- tables that others belong to by their rows, which come before those in the contract #}
    {%- set owning_tables = [] %}
    {%- for contract in source_contract().values() %}
    {%- for owner in contract.belongs_to or [] if owner.table and not is_always_a_record(owner.table) %}
    {%- do owning_tables.append(owner.table) %}
    {%- endfor %}
    {%- endfor %}
    {%- for source_table, contract in source_contract().items()
        if not contract.nobody and source_table != 'crm.erasure_requests' %}
    insert into privacy.rows
    {{ erased_rows_of(source_table) }};
    {%- if source_table in owning_tables %}
    {{ erased_keys(source_table) }};
    {%- endif %}
    {%- endfor %}
    {{ erasure_results() }}
{% endmacro %}

{# After erased_rows: privacy.texts, one row per row found, with its key and its cells as in restricted.rejected_rows. #}
{% macro texts_of_erased_rows() %}
    create or replace table privacy.texts (source_table varchar, source_row_key varchar, raw_row varchar);
    {%- for source_table, contract in source_contract().items() %}
    insert into privacy.texts
    with {{ cell_formats(source_table) }},

    {{ read_cells(source_table, cells='located_cells', extra={'row_id': 'delivered.rowid'}) }}

    select
        '{{ source_table }}' as source_table,
        {{ source_row_key(contract) }} as source_row_key,
        {{ raw_row(contract) }} as raw_row
    from located_cells
    where row_id in (select row_id from privacy.rows where source_table = '{{ source_table }}');
    {%- endfor %}
{% endmacro %}

{# The keys of the rows to erase: the rows that belong to them are erased too. #}
{% macro erased_keys(source_table) %}
    {%- set key = source_contract()[source_table].key[0] %}
    insert into privacy.erased_keys
    with {{ cell_formats(source_table) }},

    {{ read_cells(source_table, names=[key], extra={'row_id': 'delivered.rowid'}) }}

    select
        '{{ source_table }}' as source_table,
        delivered_cells.{{ key }}_text as key,
        min(erased_rows.request_hash) as request_hash
    from privacy.rows as erased_rows
    inner join delivered_cells on erased_rows.row_id = delivered_cells.row_id
    where erased_rows.source_table = '{{ source_table }}'
    group by delivered_cells.{{ key }}_text
{% endmacro %}
