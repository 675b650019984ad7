{# The first match of the pattern replaced by what its first group matched. #}
{% macro replace_by_group(text, pattern) -%}
    {{ adapter.dispatch('replace_by_group', 'klant360')(text, pattern) }}
{%- endmacro %}

{% macro default__replace_by_group(text, pattern) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '\1')
{%- endmacro %}

{# All matches, so the pattern begins with ^. #}
{% macro spark__replace_by_group(text, pattern) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '$1')
{%- endmacro %}
