{# A customer's id: a hash of the key of its oldest record and the company's secret. #}
{% macro hashed_customer_id(record_key) -%}
    md5({{ id_salt() }} || {{ record_key }})
{%- endmacro %}

{#
  The secret that makes customer ids unguessable, from the environment (KLANT360_ID_SALT); empty without one.
  DuckDB reads it from a variable that the plugin sets, so that no compiled SQL and no log contains it.
#}
{% macro id_salt() -%}
    {{ adapter.dispatch('id_salt', 'klant360')() }}
{%- endmacro %}

{% macro default__id_salt() -%}
    coalesce(getvariable('klant360_id_salt'), '')
{%- endmacro %}

{# Spark substitutes it before it parses the statement: spark.klant360.id_salt of the session or the cluster. #}
{% macro spark__id_salt() -%}
    '${spark.klant360.id_salt}'
{%- endmacro %}
