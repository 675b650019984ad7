{# A date var as a SQL date, whether it came as text or as a YAML date; null when it is not set. #}
{% macro date_var(name) -%}
    cast({{ "'" ~ var(name) ~ "'" if var(name) is not none else 'null' }} as date)
{%- endmacro %}

{# The last day that a required date may have: the var, else the day after the run started. #}
{% macro latest_possible_date() -%}
    {%- if var('latest_possible_date') is not none -%}{{ date_var('latest_possible_date') }}
    {%- else -%}cast('{{ (run_started_at + modules.datetime.timedelta(days=1)).date() }}' as date)
    {%- endif -%}
{%- endmacro %}
