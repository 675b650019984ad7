{# A staging model that adds nothing: the accepted rows of a table, with the columns of the contract. #}
{% macro accepted_rows(source_table) -%}
    with delivered as (
        select * from {{ base_of(source_table) }}
    )

    select
        {%- for column in source_contract()[source_table].columns %}
        {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from delivered
    where reject_reason is null
{%- endmacro %}
