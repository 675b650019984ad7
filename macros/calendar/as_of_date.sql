{# True if a moment counts: it is before the cut-off of int_calendar__as_of_date, which the query calls `as_of`. #}
{% macro happened_by_as_of_date(moment) -%}
    (as_of.cut_off_at is null or {{ moment }} < as_of.cut_off_at)
{%- endmacro %}

{# The moment if it counts, else null: anything after as_of_date has not happened yet. #}
{% macro moment_by_as_of_date(moment) -%}
    case when {{ happened_by_as_of_date(moment) }} then {{ moment }} end
{%- endmacro %}
