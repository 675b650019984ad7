{# `dbt run-operation find_erased_rows`, in a warehouse that holds all rows and whose identities are resolved. #}
{% macro find_erased_rows() %}
    {%- do run_query(erased_rows(ref('stg_crm__erasure_requests'))) -%}
{% endmacro %}

{#
  Finds the rows of people: for erasure, which takes them out, and for klant360.person, which tells them. Rows are told
  by DuckDB's rowid. `asked` has email, customer_number and requested_at; privacy.ledger holds the requests of earlier
  builds (request_hash, requested_by, requested_at, outcome, record_hashes). It makes
    privacy.results  one row per request and what came of it, as restricted.erasure_results has it
    privacy.rows     one row per row of the customers meant, up to the request: source_table, row_id, request_hash
    privacy.records  one row per record of these customers, with its key
#}
{% macro erased_rows(asked) %}
    {{ erased_people(asked) }}
    {#- orders come before their lines: the contract has them in that order #}
    {%- for source_table in source_contract() if source_table != 'crm.erasure_requests' %}
    insert into privacy.rows
    {{ erased_rows_of(source_table) }};
    {%- if source_table == 'webshop.orders' %}
    {{ erased_orders() }};
    {%- endif %}
    {%- endfor %}
    {{ erasure_results() }}
{% endmacro %}

{# After erased_rows: privacy.texts, one row per row found, with its key and its cells as restricted.rejected_rows has them. #}
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

{# The ids of the orders that go, whose lines go along. #}
{% macro erased_orders() %}
    create or replace table privacy.orders as
    with {{ cell_formats('webshop.orders') }},

    {{ read_cells('webshop.orders', names=['order_id'], extra={'row_id': 'delivered.rowid'}) }}

    select
        delivered_cells.order_id_text as order_id,
        min(erased_rows.request_hash) as request_hash
    from privacy.rows as erased_rows
    inner join delivered_cells on erased_rows.row_id = delivered_cells.row_id
    where erased_rows.source_table = 'webshop.orders'
    group by delivered_cells.order_id_text
{% endmacro %}
