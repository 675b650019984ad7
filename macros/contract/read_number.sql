{#
  Amounts have up to four decimals after the decimal mark of their file (trailing zeros do not count); the other mark
  groups thousands. So 1.250 is 1.25 in a file that has 49.95, and 1250 in one that has 49,95.
#}
{% macro read_amount(text, decimal_mark) -%}
    {%- set has_comma = "coalesce(" ~ decimal_mark ~ ", 'point') = 'comma'" -%}
    case
        when {{ has_comma }} then case
            when {{ full_match(text, amount_pattern(',')) }} then try_cast(replace({{ text }}, ',', '.') as decimal(18, 4))
            when {{ full_match(text, grouped_amount_pattern(',', '.')) }}
                then try_cast(replace(replace({{ text }}, '.', ''), ',', '.') as decimal(18, 4))
        end
        when {{ full_match(text, amount_pattern('.')) }} then try_cast({{ text }} as decimal(18, 4))
        when {{ full_match(text, grouped_amount_pattern('.', ',')) }}
            then try_cast(replace({{ text }}, ',', '') as decimal(18, 4))
    end
{%- endmacro %}

{# Whether a text is an amount at all, however large. #}
{% macro is_amount(text, decimal_mark) -%}
    case
        when coalesce({{ decimal_mark }}, 'point') = 'comma'
            then {{ full_match(text, amount_pattern(',') ~ '|' ~ grouped_amount_pattern(',', '.')) }}
        else {{ full_match(text, amount_pattern('.') ~ '|' ~ grouped_amount_pattern('.', ',')) }}
    end
{%- endmacro %}

{% macro amount_pattern(mark) -%}
    [+-]?[0-9]+([{{ mark }}][0-9]{1,4}0*)?
{%- endmacro %}

{% macro grouped_amount_pattern(mark, group) -%}
    [+-]?[1-9][0-9]{0,2}([{{ group }}][0-9]{3})+([{{ mark }}][0-9]{1,4}0*)?
{%- endmacro %}

{# Whole numbers may have zeros after the mark of their file; three zeros after an unknown mark may be thousands. #}
{% macro read_integer(text, decimal_mark) -%}
    case
        when {{ full_match(text, '[+-]?[0-9]+') }} then try_cast({{ text }} as bigint)
        when {{ is_whole_number(text, decimal_mark) }}
            then try_cast(split_part(split_part({{ text }}, '.', 1), ',', 1) as bigint)
    end
{%- endmacro %}

{% macro is_whole_number(text, decimal_mark) -%}
    case {{ decimal_mark }}
        when 'point' then {{ full_match(text, '[+-]?[0-9]+([.]0+)?') }}
        when 'comma' then {{ full_match(text, '[+-]?[0-9]+([,]0+)?') }}
        else {{ full_match(text, '[+-]?[0-9]+([.,](0{1,2}|0{4,}))?') }}
    end
{%- endmacro %}
