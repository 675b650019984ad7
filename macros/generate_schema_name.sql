{# Schemas are named literally: `marts` is `marts`, whoever builds it. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
