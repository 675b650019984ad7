{# One value that sorts by the first expression, and by the second where that is equal: for min_by and max_by. #}
{% macro ordered_by(first, second) -%}
    {{ adapter.dispatch('ordered_by', 'klant360')(first, second) }}
{%- endmacro %}

{% macro default__ordered_by(first, second) -%}
    row({{ first }}, {{ second }})
{%- endmacro %}

{% macro spark__ordered_by(first, second) -%}
    struct({{ first }}, {{ second }})
{%- endmacro %}
