{# The first day of a date's month. #}
{% macro month_start(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}

{# A whole number that grows by one with every month. #}
{% macro month_number(day) -%}
    (12 * extract(year from {{ day }}) + extract(month from {{ day }}))
{%- endmacro %}

{# A date some months later; the last day of the month where that has no such day. #}
{% macro months_later(day, months) -%}
    {{ adapter.dispatch('months_later', 'klant360')(day, months) }}
{%- endmacro %}

{% macro default__months_later(day, months) -%}
    cast({{ day }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}

{% macro spark__months_later(day, months) -%}
    add_months({{ day }}, {{ months }})
{%- endmacro %}

{# Days from one date to a later one. #}
{% macro days_between(earlier, later) -%}
    cast({{ dbt.datediff(earlier, later, 'day') }} as bigint)
{%- endmacro %}

{# The last day of a date's month. #}
{% macro month_end(day) -%}
    last_day({{ day }})
{%- endmacro %}

{# Whole years from one date to a later one: birthdays passed, 29 February on 1 March. #}
{% macro years_between(earlier, later) -%}
    (
        extract(year from {{ later }}) - extract(year from {{ earlier }})
        - case
            when
                100 * extract(month from {{ later }}) + extract(day from {{ later }})
                < 100 * extract(month from {{ earlier }}) + extract(day from {{ earlier }})
                then 1
            else 0
        end
    )
{%- endmacro %}
