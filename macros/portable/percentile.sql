{# A fraction of the values lies at or below it, interpolated between neighbours; nulls are passed over. #}
{% macro percentile(value, fraction) -%}
    {{ adapter.dispatch('percentile', 'klant360')(value, fraction) }}
{%- endmacro %}

{% macro default__percentile(value, fraction) -%}
    quantile_cont({{ value }}, {{ fraction }})
{%- endmacro %}

{% macro spark__percentile(value, fraction) -%}
    percentile({{ value }}, {{ fraction }})
{%- endmacro %}
