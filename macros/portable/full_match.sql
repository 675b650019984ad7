{# True when the whole text matches the pattern (the subset of regular expressions without a backslash). #}
{% macro full_match(text, pattern) -%}
    {{ adapter.dispatch('full_match', 'klant360')(text, pattern) }}
{%- endmacro %}

{% macro default__full_match(text, pattern) -%}
    regexp_full_match({{ text }}, '{{ pattern }}')
{%- endmacro %}

{% macro spark__full_match(text, pattern) -%}
    {{ text }} rlike '^(?:{{ pattern }})$'
{%- endmacro %}
