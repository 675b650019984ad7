{# The base model of a table of the contract: every delivered row, accepted or rejected. #}
{% macro base_of(source_table) -%}
    {{ ref('base_' ~ source_table | replace('.', '__')) }}
{%- endmacro %}
