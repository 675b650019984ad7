{# Between `as` and the bracket of a CTE that is read twice: each reader computes only the rows that it wants. #}
{% macro inlined() -%}
    {{ adapter.dispatch('inlined', 'klant360')() }}
{%- endmacro %}

{# DuckDB would keep all of its rows in memory. #}
{% macro default__inlined() -%}
    not materialized
{%- endmacro %}

{# Spark does this by default. #}
{% macro spark__inlined() -%}
{%- endmacro %}
