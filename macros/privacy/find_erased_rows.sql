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
    {%- endfor %}
    {{ erasure_results() }}
{% endmacro %}
