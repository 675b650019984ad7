{#
  The first day of the window that ends with a snapshot date: of the whole months that end with it when it is
  a month-end, else the day after the date that many months earlier.
#}
{% macro rfm_window_start(snapshot_date) -%}
    case
        when {{ snapshot_date }} = {{ month_end(snapshot_date) }}
            then {{ months_later(month_start(snapshot_date), 1 - var('rfm_window_months')) }}
        else cast({{ months_later(snapshot_date, -var('rfm_window_months')) }} + interval 1 day as date)
    end
{%- endmacro %}
