{#
  The first half of a base model, whose second half is judge_rows: the CTEs up to `read_rows`, in which each
  column of the contract stands as its trimmed text (`<column>_text`) and as the value read from it.
#}
{% macro read_source(source_table) -%}
    {%- set contract = source_contract()[source_table] -%}
    {%- set system, name = source_table.split('.') -%}
    handed_in as {{ inlined() }} (
        select
            {%- for column in contract.columns %}
            {{ trimmed(column) }} as {{ column }}_text{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ source(system, name) }}
    ),
    {% if contract.key %}
    -- few rows share a key: only those are sorted to find the one that stays, and the odd one that shares its hash
    repeated_keys as (
        select {{ key_hash(contract) }} as key_hash
        from handed_in
        group by 1
        having count(*) > 1
    ),
    {% endif %}
    read_rows as {{ inlined() }} (
        select
            {%- for column, attributes in contract.columns.items() %}
            handed_in.{{ column }}_text,
            {% if attributes.type == 'country' -%}
            countries_of_{{ column }}.country_code
            {%- else -%}
            {{ read_value('handed_in.' ~ column ~ '_text', attributes) }}
            {%- endif %} as {{ column }},
            {%- if attributes.references %}
            {{ is_unknown_reference(column, attributes) }} as {{ column }}_is_unknown,
            {%- endif %}
            {%- endfor %}
            {{ source_row_key(contract) }} as source_row_key,
            {{ 'repeated_keys.key_hash is not null' if contract.key else 'false' }} as is_repeated
        from handed_in
        {%- if contract.key %}
        left join repeated_keys on {{ key_hash(contract) }} = repeated_keys.key_hash
        {%- endif %}
        {%- for column, attributes in contract.columns.items() %}
        {%- if attributes.type == 'country' %}
        left join {{ ref('countries') }} as countries_of_{{ column }}
            on upper(handed_in.{{ column }}_text) = countries_of_{{ column }}.country_code
        {%- endif %}
        {%- if attributes.references %}
        left join {{ ref('stg_' ~ attributes.references | replace('.', '__')) }} as referred_by_{{ column }}
            on handed_in.{{ column }}_text = referred_by_{{ column }}.{{ source_contract()[attributes.references].key[0] }}
        {%- endif %}
        {%- endfor %}
    )
{%- endmacro %}

{# True when the referred table was handed in and holds no such row. #}
{% macro is_unknown_reference(column, attributes) -%}
    coalesce(
        handed_in.{{ column }}_text is not null
        and referred_by_{{ column }}.{{ source_contract()[attributes.references].key[0] }} is null
        and (
            select delivered_tables.is_delivered
            from {{ source('delivery', 'delivered_tables') }} as delivered_tables
            where delivered_tables.source_table = '{{ attributes.references }}'
        ), false
    )
{%- endmacro %}

{# The key by value, so that 01 and 1 are the same line; a part that is null equals another. #}
{% macro key_hash(contract) -%}
    {%- set parts = [] -%}
    {%- for column in contract.key -%}
        {%- set attributes = contract.columns[column] -%}
        {%- set text = 'handed_in.' ~ column ~ '_text' -%}
        {%- do parts.append(read_value(text, attributes) if attributes.required else "coalesce(" ~ text ~ ", '')") -%}
    {%- endfor -%}
    {{ row_hash(parts) }}
{%- endmacro %}

{# The key's values joined by |; null when the row has none. #}
{% macro source_row_key(contract) -%}
    {%- if contract.key -%}
        nullif(
            {%- for column in contract.key %}coalesce(handed_in.{{ column }}_text, ''){{ " || '|' || " if not loop.last }}{% endfor -%}
            , '{{ '|' * (contract.key | length - 1) }}'
        )
    {%- else -%}
        cast(null as string)
    {%- endif -%}
{%- endmacro %}
