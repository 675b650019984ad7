{# A 64-bit integer hash of a row's values. #}
{% macro row_hash(columns) -%}
    {{ adapter.dispatch('row_hash', 'klant360')(columns) }}
{%- endmacro %}

{% macro default__row_hash(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}

{% macro spark__row_hash(columns) -%}
    xxhash64({{ columns | join(', ') }})
{%- endmacro %}
