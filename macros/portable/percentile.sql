{#
  A fraction of the whole numbers lies at or below it, interpolated between neighbours; nulls are passed over. Engines
  interpolate in another order, so it is rounded to the tenths that 0.5 and 0.9 give: without that, last digits differ.
#}
{% macro percentile(value, fraction) -%}
    round({{ adapter.dispatch('percentile', 'klant360')(value, fraction) }}, 1)
{%- endmacro %}

{% macro default__percentile(value, fraction) -%}
    quantile_cont({{ value }}, {{ fraction }})
{%- endmacro %}

{% macro spark__percentile(value, fraction) -%}
    percentile({{ value }}, {{ fraction }})
{%- endmacro %}
