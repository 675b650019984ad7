{# When the event in a row happened: its required timestamp, else updated_at, else null. #}
{% macro event_column(contract) -%}
    {%- set required = contract.columns.items()
        | selectattr('1.type', 'equalto', 'timestamp') | selectattr('1.required', 'defined')
        | map('first') | list -%}
    {%- set updated = ['updated_at'] if 'updated_at' in contract.columns else [] -%}
    {{ (required + updated + ['cast(null as timestamp)']) | first }}
{%- endmacro %}
