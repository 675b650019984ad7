{# A 64-bit integer hash of a row's values, of which rows may be combined with bit_xor. #}
{% macro row_hash(columns) -%}
    {{ adapter.dispatch('row_hash', 'klant360')(columns) }}
{%- endmacro %}

{#
  DuckDB combines the hashes of values with an exclusive or, so one hash would not do: bit_xor over rows would not see
  which row has which last value. Two rows that both get another segment would leave it as it was.
#}
{% macro default__row_hash(columns) -%}
    hash(hash({{ columns | join(', ') }}))
{%- endmacro %}

{% macro spark__row_hash(columns) -%}
    xxhash64({{ columns | join(', ') }})
{%- endmacro %}
