{#
  A trimmed text read as its contract type: null when the text is not what the contract says of that type.
  Casts are lenient ('1e5', '3.7' as an integer, 'epoch'), so the text itself is checked, too.
#}
{% macro read_value(text, column) -%}
    {%- if column.type == 'amount' -%}
        case when {{ full_match(text, amount_pattern()) }} then try_cast({{ text }} as decimal(18, 4)) end
    {%- elif column.type == 'integer' -%}
        case when {{ full_match(text, integer_pattern()) }} then try_cast({{ text }} as bigint) end
    {%- elif column.type == 'timestamp' -%}
        {{ read_timestamp(text) }}
    {%- elif column.type == 'date' -%}
        case when {{ full_match(text, '[0-9]{4}-[0-9]{2}-[0-9]{2}') }} then try_cast({{ text }} as date) end
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
    {%- elif column.names -%}
        case when lower({{ text }}) in ('{{ column.names | join("', '") }}') then lower({{ text }}) end
    {%- elif column.lower -%}
        lower({{ text }})
    {%- else -%}
        {{ text }}
    {%- endif -%}
{%- endmacro %}

{% macro amount_pattern() -%}
    [+-]?[0-9]+([.][0-9]{1,4}0*)?
{%- endmacro %}

{% macro integer_pattern() -%}
    [+-]?[0-9]+
{%- endmacro %}

{#
  `YYYY-MM-DD[T ]HH:MM[:SS[.f]]` with an optional offset, as an instant in UTC. Without an offset it is in
  var source_timezone; a bare date is that date, from its local midnight in the business time zone on.
#}
{% macro read_timestamp(text) -%}
    {%- set hours = '([01][0-9]|2[0-3])' -%}
    {%- set pattern = '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]' ~ hours ~ ':[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?'
        ~ '(Z|[+-]' ~ hours ~ '(:[0-5][0-9])?)?)?' -%}
    {%- set zone = 'substr(' ~ text ~ ', 17)' -%}
    case
        when not {{ full_match(text, pattern) }} then null
        when length({{ text }}) = 10 then {{ local_midnight('try_cast(' ~ text ~ ' as date)') }}
        when {{ text }} like '%Z' then try_cast(replace({{ text }}, 'Z', '') as timestamp)
        when {{ zone }} like '%+%' or {{ zone }} like '%-%'
            then {{ instant_with_offset(
                "case when substr(" ~ text ~ ", 17, 1) = ':' then " ~ text
                ~ " else substr(" ~ text ~ ", 1, 16) || ':00' || " ~ zone ~ " end"
            ) }}
        else {{ utc_from_local('try_cast(' ~ text ~ ' as timestamp)', var('source_timezone')) }}
    end
{%- endmacro %}
