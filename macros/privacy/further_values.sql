{#
  The emails and phones of customers that do not identify them: the later ones in a cell with several.
  CTEs that end in `further_values`: kind, value, customer_id.
#}
{% macro further_values() -%}
    {%- set default_country = "upper('" ~ var('default_country') ~ "')" -%}
    {%- set kinds = ['email', 'phone'] -%}
    cells as (
        {%- set selects = [] %}
        {%- for key in record_keys() %}
        {%- set columns = source_contract()[key.source_table].columns %}
        {%- set contact_columns = kinds | select('in', columns) | list %}
        {%- if contact_columns %}
        {{ 'union all' if selects }}
        select
            '{{ key.entity }}' as source_entity,
            {{ key.column }} as source_record_id,
            {%- for kind in kinds %}
            {{ 'ignored_' ~ kind if kind in columns else 'cast(null as string)' }} as {{ kind }}_text,
            {%- endfor %}
            {{ 'coalesce(country_code, ' ~ default_country ~ ')' if 'country_code' in columns else default_country }}
                as phone_country_code
        from {{ base_of(key.source_table) }}
        where
            reject_reason is null
            and coalesce(ignored_{{ contact_columns | join(', ignored_') }}) is not null
            {%- if key.condition %}
            and {{ key.condition }}
            {%- endif %}
        {%- do selects.append(key) %}
        {%- endif %}
        {%- endfor %}
    ),

    cells_of_records as (
        select
            cells.email_text,
            cells.phone_text,
            cells.phone_country_code,
            record_customers.customer_id
        from cells
        inner join {{ ref('int_identity__record_customers') }} as record_customers
            on
                cells.source_entity = record_customers.source_entity
                and cells.source_record_id = record_customers.source_record_id
    ),

    {{ contact_values('email', 'cells_of_records') }},

    {{ contact_values('phone', 'cells_of_records') }},

    further_values as (
        {%- for kind in kinds %}
        select
            '{{ kind }}' as kind,
            {{ kind }}_values.value,
            cells_of_records.customer_id
        from cells_of_records
        inner join {{ kind }}_values on cells_of_records.{{ kind }}_text = {{ kind }}_values.cell
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
