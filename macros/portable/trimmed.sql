{# The text without the white space around it (space, tab, line ends, no-break space); null if nothing is left. #}
{% macro trimmed(text) -%}
    {{ adapter.dispatch('trimmed', 'klant360')(text) }}
{%- endmacro %}

{# Most texts begin and end with a plain character: looking first costs a quarter of trimming them all. #}
{% macro default__trimmed(text) -%}
    case
        when ascii({{ text }}) between 33 and 126 and {{ text }}[-1] between '!' and '~' then {{ text }}
        else nullif(trim({{ text }}, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160)), '')
    end
{%- endmacro %}

{% macro spark__trimmed(text) -%}
    nullif(trim(both concat(' ', chr(9), chr(10), chr(11), chr(12), chr(13), chr(160)) from {{ text }}), '')
{%- endmacro %}
