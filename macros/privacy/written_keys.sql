{#
  Keys of records as they were written, where that is not how they are read, such as 90017.0: a request that was carried
  out before keys were read so went by them.
#}
{% macro written_keys() %}
    {%- set keys = {
        'customer': ('crm.customers', 'customer_number'), 'account': ('webshop.accounts', 'account_id'),
        'implied account': ('webshop.orders', 'account_id'), 'guest_order': ('webshop.orders', 'order_id'),
        'contact': ('service_desk.contacts', 'contact_id'),
    } -%}
    create or replace table privacy.written_keys (source_entity varchar, source_record_id varchar, written_key varchar);
    {%- for entity, (source_table, column) in keys.items() %}
    insert into privacy.written_keys
    with {{ cell_formats(source_table) }},

    {{ read_cells(source_table, names=[column], extra={'written_key': trimmed('delivered.' ~ column)}) }}

    select distinct
        '{{ entity | replace('implied ', '') }}' as source_entity,
        {{ column }}_text as source_record_id,
        written_key
    from delivered_cells
    where {{ column }}_text <> written_key;
    {%- endfor %}
{% endmacro %}
