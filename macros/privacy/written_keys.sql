{#
  Keys of records as written, where they are read differently, such as 90017.0: older requests were
  hashed with the key as written.
#}
{% macro written_keys() %}
    create or replace table privacy.written_keys (source_entity varchar, source_record_id varchar, written_key varchar);
    {%- for key in record_keys() %}
    insert into privacy.written_keys
    with {{ cell_formats(key.source_table) }},

    {{ read_cells(key.source_table, names=[key.column], extra={'written_key': trimmed('delivered.' ~ key.column)}) }}

    select distinct
        '{{ key.entity }}' as source_entity,
        {{ key.column }}_text as source_record_id,
        written_key
    from delivered_cells
    where {{ key.column }}_text <> written_key;
    {%- endfor %}
{% endmacro %}
