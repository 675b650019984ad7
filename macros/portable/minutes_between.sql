{# Minutes from one instant to another, with their fraction; below 0 when the second one is earlier. #}
{% macro minutes_between(earlier, later) -%}
    cast({{ microseconds(later) }} - {{ microseconds(earlier) }} as double) / 6e7
{%- endmacro %}
