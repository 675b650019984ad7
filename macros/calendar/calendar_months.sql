{#
  CTEs up to `months`: every month from that of one date to that of another, by its first day. The dates are columns of
  `relation`, which has one row.
#}
{% macro calendar_months(relation, first_date, last_date) -%}
    {%- set at_most = 12 * 300 -%}
    numbers as (
        {{ dbt.generate_series(at_most) | indent(8) }}
    ),

    months as (
        select {{ months_later(month_start(relation ~ '.' ~ first_date), 'numbers.generated_number - 1') }} as month
        from numbers
        cross join {{ relation }}
        where
            numbers.generated_number
            <= {{ month_number(relation ~ '.' ~ last_date) }} - {{ month_number(relation ~ '.' ~ first_date) }} + 1
    )
{%- endmacro %}
