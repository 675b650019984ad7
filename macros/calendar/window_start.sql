{#
  The first day of the window of some months that ends with a snapshot date: of the whole months that end with it when
  it is a month-end, else the day after the date that many months earlier.
#}
{% macro window_start(snapshot_date, months) -%}
    case
        when {{ snapshot_date }} = {{ month_end(snapshot_date) }}
            then {{ months_later(month_start(snapshot_date), 1 - months) }}
        else cast({{ months_later(snapshot_date, -months) }} + interval 1 day as date)
    end
{%- endmacro %}
