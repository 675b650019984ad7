{# The latest snapshot date strictly before a date up to as_of_date: the month-end before its month. #}
{% macro snapshot_before(event_date) -%}
    cast({{ month_start(event_date) }} - interval 1 day as date)
{%- endmacro %}
