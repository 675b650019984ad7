{# One whole number divided by another, as a double; null when that is 0. #}
{% macro ratio(one, other) -%}
    cast({{ one }} as double) / nullif(cast({{ other }} as double), 0)
{%- endmacro %}
