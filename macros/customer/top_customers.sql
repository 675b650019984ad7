{# How many customers the top so many percent is, rounded up. #}
{% macro top_customers(customers, percent) -%}
    cast(ceil({{ customers }} * {{ percent }} / 100.0) as bigint)
{%- endmacro %}
