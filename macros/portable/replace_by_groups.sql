{# The first match of the pattern replaced; \1 is what its first group matched. #}
{% macro replace_by_groups(text, pattern, replacement) -%}
    {{ adapter.dispatch('replace_by_groups', 'klant360')(text, pattern, replacement) }}
{%- endmacro %}

{% macro default__replace_by_groups(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}')
{%- endmacro %}

{# All matches, so the pattern begins with ^ or ends with $. #}
{% macro spark__replace_by_groups(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement | replace('\\', '$') }}')
{%- endmacro %}
