{# What a run does before its first model, whatever it selects; called by on-run-start. #}
{% macro prepare_run() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'retry') -%}
        {{ adapter.dispatch('prepare_run', 'klant360')() }}
    {%- endif -%}
{%- endmacro %}

{# The plugin of DuckDB has set up the session and erased who asked for it; tables are replaced in transactions. #}
{% macro default__prepare_run() -%}
    {{ drop_unused_relations() }}
{%- endmacro %}

{# The schemas of a server may contain other tables, so nothing is dropped. #}
{% macro spark__prepare_run() -%}
    {{ check_session() }}
    {{ restore_replaced_tables() }}
    {{ check_erasures() }}
{%- endmacro %}
