{# A customer's id: a hash of the key of its oldest record, and of the company's secret. #}
{% macro hashed_customer_id(record_key) -%}
    md5({{ id_salt() }} || {{ record_key }})
{%- endmacro %}

{#
  The secret that makes customer ids unguessable, from the environment (KLANT360_ID_SALT); empty without one.
  DuckDB reads it from a variable that the plugin sets, so that it stands in no compiled SQL and no log.
#}
{% macro id_salt() -%}
    {{ adapter.dispatch('id_salt', 'klant360')() }}
{%- endmacro %}

{% macro default__id_salt() -%}
    coalesce(getvariable('klant360_id_salt'), '')
{%- endmacro %}

{# Spark puts it into the statement before it reads that: spark.klant360.id_salt of the session or the cluster. #}
{% macro spark__id_salt() -%}
    '${spark.klant360.id_salt}'
{%- endmacro %}
