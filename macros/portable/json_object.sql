{# The columns as one JSON object of texts, nulls kept; `columns` maps each name to its expression. #}
{% macro json_object(columns) -%}
    {{ adapter.dispatch('json_object', 'klant360')(columns) }}
{%- endmacro %}

{% macro default__json_object(columns) -%}
    cast(json_object(
        {%- for name, expression in columns.items() %}'{{ name }}', {{ expression }}{{ ', ' if not loop.last }}{% endfor -%}
    ) as string)
{%- endmacro %}

{% macro spark__json_object(columns) -%}
    to_json(named_struct(
        {%- for name, expression in columns.items() %}'{{ name }}', {{ expression }}{{ ', ' if not loop.last }}{% endfor -%}
    ), map('ignoreNullFields', 'false'))
{%- endmacro %}
