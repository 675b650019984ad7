{#
  A date or timestamp in its usual form, the one that `instant` and a cast to date can read: `YYYY-MM-DD`, for a
  timestamp followed by `[T ]HH:MM[:SS[.f]][Z|+HH[:MM]]`. Null for anything else. Dates with the year first are always
  read; those with the year last by `date_order` (SQL: `dmy`, `mdy` or null).
#}
{% macro usual_date_text(text, date_order, column) -%}
    {%- set is_timestamp = column.type == 'timestamp' -%}
    {%- set time = time_pattern() if is_timestamp else midnight_pattern() -%}
    {%- set orders = {'dmy': '\\3-0\\2-0\\1', 'mdy': '\\3-0\\1-0\\2'} -%}
    {%- set loose_offset = ' ?[+-]' ~ hours_pattern() ~ ':?[0-5][0-9]' -%}
    {%- set year_first = '^([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})' -%}
    {%- set year_last = '^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})' -%}
    case
        when {{ full_match(text, usual_pattern(is_timestamp)) }} then {{ text }}
        {%- if is_timestamp %}
        -- many exports differ in their offset alone
        when {{ full_match(text, usual_pattern(is_timestamp, loose_offset)) }} then {{ usual_offset(text) }}
        {%- endif %}
        when {{ full_match(text, '[0-9]{4}(-[0-9]{1,2}-|/[0-9]{1,2}/)[0-9]{1,2}' ~ time) }}
            then {{ usual_time(replace_by_groups(text, year_first, '\\1-0\\2-0\\3'), is_timestamp) }}
        {%- for order, groups in orders.items() %}
        when
            {{ date_order }} = '{{ order }}'
            and {{ full_match(text, year_last_pattern() ~ time) }}
            then {{ usual_time(replace_by_groups(text, year_last, groups), is_timestamp) }}
        {%- endfor %}
    end
{%- endmacro %}

{% macro year_last_pattern() -%}
    [0-9]{1,2}(-[0-9]{1,2}-|/[0-9]{1,2}/|[.][0-9]{1,2}[.])[0-9]{4}
{%- endmacro %}

{% macro midnight_pattern() -%}
    ([T ]0?0:00(:00([.]0{1,9})?)?)?
{%- endmacro %}

{# The time of day after a date, with its offset, as files write them. #}
{% macro time_pattern() -%}
    ([T ]([01]?[0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?( ?(Z|UTC|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?))?)?
{%- endmacro %}

{% macro usual_pattern(is_timestamp, offset=none) -%}
    [0-9]{4}-[0-9]{2}-[0-9]{2}
    {%- if is_timestamp -%}
        ([T ]{{ hours_pattern() }}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?
        {{- offset or '(Z|[+-]' ~ hours_pattern() ~ '(:[0-5][0-9])?)?' }})?
    {%- endif -%}
{%- endmacro %}

{% macro hours_pattern() -%}
    ([01][0-9]|2[0-3])
{%- endmacro %}

{# Of a date with the year first: two digits for month, day and hour, and no space before the offset. #}
{% macro usual_time(text, is_timestamp) -%}
    {%- set date = replace_by_groups(text, '^([0-9]{4})-0?([0-9]{2})-0?([0-9]{2})', '\\1-\\2-\\3') -%}
    {%- if is_timestamp -%}
        {%- set hour = replace_by_groups(date, '^(.{10}[T ])([0-9]:)', '\\10\\2') -%}
        {%- set utc = replace_by_groups(hour, ' ?(UTC|Z)$', 'Z') -%}
        {{ replace_by_groups(usual_offset(utc), ' ([+-][0-9]{2})$', '\\1') }}
    {%- else -%}
        substr({{ date }}, 1, 10)
    {%- endif -%}
{%- endmacro %}

{# Of hours and minutes: no space before it, a colon in it. #}
{% macro usual_offset(text) -%}
    {{ replace_by_groups(text, ' ?([+-][0-9]{2}):?([0-9]{2})$', '\\1:\\2') }}
{%- endmacro %}

{#
  A timestamp in its usual form, as UTC. One without an offset is in var source_timezone; a date without a time is its
  midnight in the business time zone. DuckDB does not read a Z after minutes; taking each Z off costs twice the cast.
#}
{% macro instant(text) -%}
    {%- set zone = 'substr(' ~ text ~ ', 17)' -%}
    case
        when {{ text }} like '%Z'
            then try_cast(case when length({{ text }}) = 17 then replace({{ text }}, 'Z', '') else {{ text }} end as timestamp)
        when length({{ text }}) = 10 then {{ local_midnight('try_cast(' ~ text ~ ' as date)') }}
        when {{ zone }} like '%+%' or {{ zone }} like '%-%'
            then {{ instant_with_offset(
                "case when substr(" ~ text ~ ", 17, 1) = ':' then " ~ text
                ~ " else substr(" ~ text ~ ", 1, 16) || ':00' || " ~ zone ~ " end"
            ) }}
        else {{ utc_from_local('try_cast(' ~ text ~ ' as timestamp)', var('source_timezone') or var('business_timezone')) }}
    end
{%- endmacro %}
