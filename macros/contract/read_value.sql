{#
  A text of delivered_cells read as its type in the contract; null if it is not a value of that type. Dates and
  timestamps are read from their usual form. Casts are lenient ('1e5', '3.7' as an integer), so the text itself is
  checked too. `decimal_mark` is SQL: `point`, `comma`, or null if nothing in the file decides.
#}
{% macro read_value(text, column, decimal_mark='decimal_mark') -%}
    {%- if column.type == 'amount' -%}
        {{ read_amount(text, decimal_mark) }}
    {%- elif column.type == 'integer' -%}
        {{ read_integer(text, decimal_mark) }}
    {%- elif column.type == 'timestamp' -%}
        {{ instant(text) }}
    {%- elif column.type == 'date' -%}
        try_cast({{ text }} as date)
    {%- elif column.type == 'boolean' -%}
        case
            when lower({{ text }}) in (
                'true', '1', '1.0', 't', 'y', 'j', 'on', 'yes', 'ja', 'oui', 'waar', 'wahr', 'vrai', 'subscribed',
                'opt-in', 'opted in'
            ) then true
            when lower({{ text }}) in (
                'false', '0', '0.0', 'f', 'n', 'off', 'no', 'nee', 'nein', 'non', 'onwaar', 'falsch', 'faux',
                'unsubscribed', 'opt-out', 'opted out'
            ) then false
        end
    {%- elif column.type == 'currency' -%}
        case when {{ full_match(text, '[A-Za-z]{3}') }} then upper({{ text }}) end
    {%- elif column.type == 'country' -%}
        upper({{ text }})
    {%- elif column.type == 'id' -%}
        {#- a spreadsheet rounded a long number: 5,12E+12 is not an id -#}
        case when not ({{ text }} like '%+%' and {{ full_match(text, damaged_id_pattern()) }}) then {{ text }} end
    {%- elif column.names -%}
        case when lower({{ text }}) in ('{{ column.names | join("', '") }}') then lower({{ text }}) end
    {%- elif column.lower -%}
        lower({{ text }})
    {%- else -%}
        {{ text }}
    {%- endif -%}
{%- endmacro %}

{# What a spreadsheet makes of a long number. The loader reads it here too. #}
{% macro damaged_id_pattern() -%}
    [0-9]([.,][0-9]+)?[eE][+][0-9]+
{%- endmacro %}
