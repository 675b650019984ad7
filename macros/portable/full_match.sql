{# True when the whole text matches the pattern (the subset of regular expressions without a backslash). #}
{% macro full_match(text, pattern) -%}
    {{ adapter.dispatch('full_match', 'klant360')(text, pattern) }}
{%- endmacro %}

{% macro default__full_match(text, pattern) -%}
    regexp_full_match({{ text }}, '{{ pattern }}')
{%- endmacro %}

{# `$` would let a line end follow, and `(?d)` makes that the only one that `.` does not match, as on DuckDB. #}
{% macro spark__full_match(text, pattern) -%}
    {{ text }} rlike '(?d)^(?:{{ pattern }})(?!(?s:.))'
{%- endmacro %}
