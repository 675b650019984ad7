{# The base model of a table of the contract: all its rows. #}
{% macro base_of(source_table) -%}
    {{ ref('base_' ~ source_table | replace('.', '__')) }}
{%- endmacro %}
