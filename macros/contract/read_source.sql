{#
  The first half of a base model (judge_rows is the second): the CTEs up to `read_rows`, with each column of the contract
  as text (`<column>_text`) and as the value read from it.
#}
{% macro read_source(source_table) -%}
    {%- set contract = source_contract()[source_table] -%}
    {%- set columns = contract.columns -%}
    {%- set kinds = columns.values() | map(attribute='type') | select('in', ['email', 'phone']) | list -%}
    {{ cell_formats(source_table) }},
    {% if contract.key %}
    {{ read_keyed_cells(source_table) }},
    {% else %}
    {{ read_cells(source_table, extra={'is_repeated': 'false'}) }},
    {% endif %}
    {{ located_cells(columns) }},
    {% if kinds %}
    {{ read_cells(source_table, cells='contact_cells', names=kinds + ['country_code', 'account_id']) }},

    {{ located_cells(columns, from_cte='contact_cells') }},
    {% for kind in kinds %}
    {{ contact_values(kind, 'located_contact_cells') }},

    {{ first_contact_values(kind) }},
    {% endfor %}
    {%- endif %}
    read_rows as {{ inlined() }} (
        select
            located_cells.part_number,
            located_cells.decimal_mark,
            {%- for column, attributes in columns.items() %}
            located_cells.{{ column }}_text,
            {% if attributes.type == 'country' -%}
            located_cells.known_country_code
            {%- elif attributes.type in kinds -%}
            {{ contact_value(attributes.type, 'located_cells') }}
            {%- else -%}
            {{ read_value(
                'located_cells.' ~ column ~ ('_usual' if is_dated(attributes) else '_text'), attributes,
                'located_cells.decimal_mark'
            ) }}
            {%- endif %} as {{ column }},
            {%- if attributes.type in kinds %}
            coalesce(not first_{{ attributes.type }}_values.is_whole_cell, false) as is_{{ column }}_one_of_several,
            {%- endif %}
            {%- if attributes.references %}
            {{ is_unknown_reference(column, attributes) }} as {{ column }}_is_unknown,
            {%- endif %}
            {%- endfor %}
            {{ source_row_key(contract) }} as source_row_key,
            located_cells.is_repeated
        from located_cells
        {%- for kind in kinds %}
        {{ join_contact_values(kind, 'located_cells') | indent(8) }}
        {%- endfor %}
        {%- for column, attributes in columns.items() if attributes.references %}
        left join {{ staging_of(attributes.references) }} as referred_by_{{ column }}
            on located_cells.{{ column }}_text = referred_by_{{ column }}.{{ source_contract()[attributes.references].key[0] }}
        {%- endfor %}
    )
{%- endmacro %}

{# `read_cells` of a table with a key: `is_repeated` tells which rows `ranked_rows` must compare to find the one to keep. #}
{% macro read_keyed_cells(source_table) -%}
    {{ adapter.dispatch('read_keyed_cells', 'klant360')(source_table) }}
{%- endmacro %}

{#
  DuckDB sorts only the rows that share their key (and the rare one that shares a hash): they are few, and known before
  any other cell is read.
#}
{% macro default__read_keyed_cells(source_table) -%}
    {%- set contract = source_contract()[source_table] -%}
    {%- set raw_columns = {} -%}
    {%- for column in contract.columns %}{% do raw_columns.update({'raw_' ~ column: 'delivered.' ~ column}) %}{% endfor -%}
    {{ read_cells(source_table, cells='key_cells', names=contract.key, extra=raw_columns) }},

    repeated_keys as (
        select {{ key_hash(contract, 'key_cells') }} as key_hash
        from key_cells
        group by 1
        having count(*) > 1
    ),

    keyed_rows as {{ inlined() }} (
        select
            {%- for column in contract.columns %}
            key_cells.raw_{{ column }} as {{ column }},
            {%- endfor %}
            key_cells.part_number,
            repeated_keys.key_hash is not null as is_repeated
        from key_cells
        left join repeated_keys on {{ key_hash(contract, 'key_cells') }} = repeated_keys.key_hash
    ),

    {{ read_cells(source_table, extra={'is_repeated': 'delivered.is_repeated'}, rows='keyed_rows') }}
{%- endmacro %}

{# Spark ranks all rows in one shuffle, and would need two more to find out which it could leave out. #}
{% macro spark__read_keyed_cells(source_table) -%}
    {{ read_cells(source_table, extra={'is_repeated': 'true'}) }}
{%- endmacro %}

{#
  The cells, with the country of the row, if the contract has one, the country used to read its phone, and the number in
  a plain phone cell.
#}
{% macro located_cells(columns, from_cte='delivered_cells') -%}
    {%- set default_country = "upper('" ~ var('default_country') ~ "')" -%}
    {%- set located = from_cte | replace('delivered', 'located') | replace('contact', 'located_contact') -%}
    {%- set has_phone = 'phone' in columns -%}
    {{ 'countries_of_' if has_phone }}{{ located }} as {{ inlined() }} (
        select
            {{ from_cte }}.*,
            {%- if 'country_code' in columns %}
            countries.country_code as known_country_code,
            coalesce(countries.country_code, {{ default_country }}) as phone_country_code
        from {{ from_cte }}
        left join {{ ref('countries') }} as countries
            on upper({{ from_cte }}.country_code_text) = countries.country_code
            {%- else %}
            {{ default_country }} as phone_country_code
        from {{ from_cte }}
            {%- endif %}
    )
    {%- if has_phone %},

    -- a step of its own: within another expression its parts would be computed several times
    {{ located }} as {{ inlined() }} (
        select
            cells.*,
            {{ normalised_phone('cells.phone_text', 'phone_countries') }} as plain_phone
        from countries_of_{{ located }} as cells
        left join {{ ref('countries') }} as phone_countries on cells.phone_country_code = phone_countries.country_code
    )
    {%- endif %}
{%- endmacro %}

{# True if the table referred to was delivered and has no such row. #}
{% macro is_unknown_reference(column, attributes) -%}
    coalesce(
        located_cells.{{ column }}_text is not null
        and referred_by_{{ column }}.{{ source_contract()[attributes.references].key[0] }} is null
        and (
            select delivered_tables.is_delivered
            from {{ source('delivery', 'delivered_tables') }} as delivered_tables
            where delivered_tables.source_table = '{{ attributes.references }}'
        ), false
    )
{%- endmacro %}

{# A hash of the key's values, so that lines 01 and 1 are the same; nulls are equal. #}
{% macro key_hash(contract, cells) -%}
    {%- set parts = [] -%}
    {%- for column in contract.key -%}
        {%- set attributes = contract.columns[column] -%}
        {%- set text = cells ~ '.' ~ column ~ ('_usual' if is_dated(attributes) else '_text') -%}
        {%- set is_typed = attributes.required and attributes.type != 'id' -%}
        {%- do parts.append(
            read_value(text, attributes, cells ~ '.decimal_mark') if is_typed else "coalesce(" ~ text ~ ", '')"
        ) -%}
    {%- endfor -%}
    {{ row_hash(parts) }}
{%- endmacro %}

{# The key's values, joined by |; null if the row has none. #}
{% macro source_row_key(contract) -%}
    {%- if contract.key -%}
        nullif(
            {%- for column in contract.key %}coalesce(located_cells.{{ column }}_text, ''){{ " || '|' || " if not loop.last }}{% endfor -%}
            , '{{ '|' * (contract.key | length - 1) }}'
        )
    {%- else -%}
        cast(null as string)
    {%- endif -%}
{%- endmacro %}
