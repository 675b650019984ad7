{# The staging model of a table of the contract: its accepted rows. #}
{% macro staging_of(source_table) -%}
    {{ ref('stg_' ~ source_table | replace('.', '__')) }}
{%- endmacro %}
