{#
  What `read_cells` needs: the words of two seeds, and what the loader found out about each file
  (delivery.delivered_files): its decimal mark, its order of day and month, and the columns that need no cleaning. In a
  table without files, every column is cleaned.
#}
{% macro cell_formats(source_table) -%}
    {%- set columns = source_contract()[source_table].columns -%}
    {%- set dated = [] -%}
    {%- for column, attributes in columns.items() if is_dated(attributes) %}{% do dated.append(column) %}{% endfor -%}
    listed_words as (
        select
            chr(10) || coalesce({{ dbt.listagg("lower(trim(coalesce(word, 'null')))", 'chr(10)') }}, '') || chr(10) as null_words,
            chr(10) || coalesce(
                {{ dbt.listagg("case when also_in_names then lower(trim(coalesce(word, 'null'))) end", 'chr(10)') }}, ''
            ) || chr(10) as null_words_in_names
        from {{ ref('null_words') }}
    ),

    placeholder_words as (
        select chr(10) || coalesce({{ dbt.listagg('lower(trim(word))', 'chr(10)') }}, '') || chr(10) as placeholders
        from {{ ref('placeholder_ids') }}
    ),

    file_formats as (
        select
            part_number,
            decimal_mark,
            {%- for column in dated %}
            case
                {%- for date_order in ['dmy', 'mdy'] %}
                when date_orders like '%,{{ column }}:{{ date_order }},%' then '{{ date_order }}'
                {%- endfor %}
            end as {{ column }}_order,
            {%- endfor %}
            coalesce(decimal_mark, '') || ' ' || coalesce(date_orders, '') as decided,
            plain_columns
        from {{ source('delivery', 'delivered_files') }}
        where source_table = '{{ source_table }}'
    ),

    -- one row of constants, which adds no cost per row of the table
    table_format as (
        select
            count(distinct decided) > 1 as differs_by_part,
            {%- for column in columns %}
            bool_and(plain_columns like '%,{{ column }},%') as is_{{ column }}_plain,
            {%- endfor %}
            {%- for column in dated %}
            max({{ column }}_order) as {{ column }}_order,
            {%- endfor %}
            max(decimal_mark) as decimal_mark
        from file_formats
    ),

    part_formats as (
        select file_formats.*
        from file_formats
        cross join table_format
        where table_format.differs_by_part
    )
{%- endmacro %}

{#
  CTEs up to `cells`: one row per delivered row, with the cleaned text of each column (`<column>_text`) and, for dates
  and timestamps, also their usual form (`<column>_usual`). Staging, erasure and access all read cells this way. `names`
  limits the columns; `extra` maps the names of further columns to expressions over the row, `delivered`; `rows` is a CTE
  to read instead of the table.
#}
{% macro read_cells(source_table, cells='delivered_cells', names=none, extra={}, rows=none) -%}
    {%- set columns = {} -%}
    {%- for column, attributes in source_contract()[source_table].columns.items() if names is none or column in names -%}
        {%- do columns.update({column: attributes}) -%}
    {%- endfor -%}
    bare_{{ cells }} as {{ inlined() }} (
        select
            {%- for column, value in extra.items() %}
            {{ value }} as {{ column }},
            {%- endfor %}
            delivered.part_number,
            listed_words.null_words,
            listed_words.null_words_in_names,
            placeholder_words.placeholders,
            {{ decided('decimal_mark') }} as decimal_mark,
            {%- for column, attributes in columns.items() if is_dated(attributes) %}
            coalesce({{ decided(column ~ '_order') }}, {{ table_var('date_order', source_table) }}) as {{ column }}_order,
            {%- endfor %}
            {%- for column, attributes in columns.items() %}
            table_format.is_{{ column }}_plain,
            case
                when table_format.is_{{ column }}_plain then delivered.{{ column }}
                else {{ bare_cell('delivered.' ~ column, attributes) }}
            end as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ rows or source(*source_table.split('.')) }} as delivered
        cross join listed_words
        cross join placeholder_words
        cross join table_format
        left join part_formats on delivered.part_number = part_formats.part_number
    ),

    filled_{{ cells }} as {{ inlined() }} (
        select
            {%- for column in extra %}
            {{ column }},
            {%- endfor %}
            part_number,
            decimal_mark,
            {%- for column, attributes in columns.items() %}
            {%- if is_dated(attributes) %}
            {{ column }}_order,
            {%- endif %}
            case when is_{{ column }}_plain then {{ column }} else {{ filled_cell(column, attributes) }} end
                as {{ column }}_text{{ ',' if not loop.last }}
            {%- endfor %}
        from bare_{{ cells }}
    ),

    {{ cells }} as {{ inlined() }} (
        select
            *
            {%- for column, attributes in columns.items() if is_dated(attributes) %},
            {{ usual_date_text(column ~ '_text', column ~ '_order', attributes) }} as {{ column }}_usual
            {%- endfor %}
        from filled_{{ cells }}
    )
{%- endmacro %}

{# What was decided for the table, or for the part if its parts differ. #}
{% macro decided(name) -%}
    case when table_format.differs_by_part then part_formats.{{ name }} else table_format.{{ name }} end
{%- endmacro %}

{#
  A cell without surrounding white space, the apostrophe that spreadsheets put before a number, and the .0 that they put
  after an id.
#}
{% macro bare_cell(cell, attributes) -%}
    {%- set text = replace_by_groups(trimmed(cell), "^''([0-9+])", '\\1') -%}
    {{ replace_by_groups(text, '^([0-9]+)[.]0$', '\\1') if attributes.type == 'id' else text }}
{%- endmacro %}

{# Null for a word that means null or, in an id, nobody. #}
{% macro filled_cell(cell, attributes) -%}
    case
        when instr(
            {{ 'null_words_in_names' if attributes.type == 'name' else 'null_words' }}
            {%- if attributes.placeholders %} || placeholders{% endif -%}
            , chr(10) || lower({{ cell }}) || chr(10)
        ) > 0 then null
        {%- if attributes.type == 'timestamp' %}
        when {{ full_match(cell, '0|false|no|(0000|0001|9999)[-/].*|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](0000|0001|9999).*') }} then null
        {%- endif %}
        else {{ cell }}
    end
{%- endmacro %}

{# Whether a column has dates or timestamps, which a file may write day first or month first. #}
{% macro is_dated(attributes) -%}
    {{ return(attributes.type in ('date', 'timestamp')) }}
{%- endmacro %}

{# A var that is one value or a mapping by table, as SQL for this table; null if it is not set. #}
{% macro table_var(name, source_table) -%}
    {%- set value = var(name) -%}
    {%- set value = value.get(source_table) if value is mapping else value -%}
    cast({{ "'" ~ value ~ "'" if value else 'null' }} as string)
{%- endmacro %}
