{#
  CTEs up to `months`: every month from that of the first purchase to that of as_of_date, by its first day. The query
  calls int_calendar__as_of_date `as_of`.
#}
{% macro months_since_first_purchase() -%}
    {%- set at_most = 12 * 300 -%}
    numbers as (
        {{ dbt.generate_series(at_most) | indent(8) }}
    ),

    months as (
        select {{ months_later(month_start('as_of.first_purchase_date'), 'numbers.generated_number - 1') }} as month
        from numbers
        cross join as_of
        where
            numbers.generated_number
            <= {{ month_number('as_of.as_of_date') }} - {{ month_number('as_of.first_purchase_date') }} + 1
    )
{%- endmacro %}
