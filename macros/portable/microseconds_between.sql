{# Whole microseconds from one instant to another; below 0 when the second one is earlier. #}
{% macro microseconds_between(earlier, later) -%}
    {{ microseconds(later) }} - {{ microseconds(earlier) }}
{%- endmacro %}
