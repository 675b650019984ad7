{#
  The segment of a customer at an event: at the latest snapshot before its date, which is the month-end before its month.
  `(new)` for who had bought before that date but is in no such snapshot, else `prospect`; null when it is nobody's. The
  query joins the history on the snapshot of snapshot_before, and int_customer__orders for the first purchase.
#}
{% macro segment_of_event(event_date, customer_id, segment_code, first_order_date) -%}
    case
        when {{ customer_id }} is null then null
        when {{ segment_code }} is not null then {{ segment_code }}
        when {{ first_order_date }} < {{ event_date }} then '(new)'
        else 'prospect'
    end
{%- endmacro %}

{# The latest snapshot date strictly before a date up to as_of_date. #}
{% macro snapshot_before(event_date) -%}
    cast({{ month_start(event_date) }} - interval 1 day as date)
{%- endmacro %}
