{# The tables whose rows are records of people, by kind of record. #}
{% macro record_tables() %}
    {%- set tables = {} -%}
    {%- for source_table, contract in source_contract().items() if contract.record -%}
        {%- do tables.update({contract.record.entity: source_table}) -%}
    {%- endfor -%}
    {{ return(tables) }}
{% endmacro %}

{#
  The columns with keys of records: a record table's own key, and the columns that imply a record without a row
  (`may_refer_to`). Each with `entity`, `source_table`, `column` and, if only some rows count, `condition`.
#}
{% macro record_keys() %}
    {%- set keys = [] -%}
    {%- set tables = source_contract() -%}
    {%- for entity, record_table in record_tables().items() -%}
        {%- set record_key = tables[record_table].key[0] -%}
        {%- do keys.append({
            'entity': entity, 'source_table': record_table, 'column': record_key,
            'condition': tables[record_table].record.condition,
        }) -%}
        {%- for source_table, contract in tables.items() -%}
            {%- for column, attributes in contract.columns.items() if attributes.may_refer_to == record_table -%}
                {%- do keys.append({
                    'entity': entity, 'source_table': source_table, 'column': column,
                    'condition': column ~ ' in (select ' ~ record_key ~ ' from ' ~ staging_of(record_table) ~ ' where is_implied)',
                }) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(keys) }}
{% endmacro %}

{# Whether every accepted row of the table is a record: rows that belong to it follow its record, else its row. #}
{% macro is_always_a_record(source_table) -%}
    {%- set record = source_contract()[source_table].record -%}
    {{ return(record is defined and not record.condition) }}
{%- endmacro %}

{# Whether a source record is a guest's, who may leave another record with every purchase. #}
{% macro is_of_a_guest(source_record) -%}
    {%- set entities = [] -%}
    {%- for entity, source_table in record_tables().items() if source_contract()[source_table].record.is_guest -%}
        {%- do entities.append("'" ~ entity ~ "'") -%}
    {%- endfor -%}
    {{ source_record }}.source_entity in ({{ entities | join(', ') or 'null' }})
{%- endmacro %}
