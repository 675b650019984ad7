{# The text without the white space around it (space, tab, line ends, no-break space); null when nothing is left. #}
{% macro trimmed(text) -%}
    {{ adapter.dispatch('trimmed', 'klant360')(text) }}
{%- endmacro %}

{% macro default__trimmed(text) -%}
    nullif(trim({{ text }}, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)), '')
{%- endmacro %}

{% macro spark__trimmed(text) -%}
    nullif(trim(both concat(' ', chr(9), chr(10), chr(11), chr(12), chr(13), chr(160)) from {{ text }}), '')
{%- endmacro %}
