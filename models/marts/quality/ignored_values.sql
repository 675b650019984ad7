with ignored_values as (
    {%- set cells = [] %}
    {%- for source_table, contract in source_contract().items() %}
    {%- for column, attributes in contract.columns.items() if is_ignorable(attributes) %}
    {%- do cells.append((source_table, column)) %}
    {%- endfor %}
    {%- endfor %}
    {%- for source_table, column in cells %}
    select
        '{{ source_table }}' as source_table,
        source_row_key,
        '{{ column }}' as column_name,
        ignored_{{ column }} as raw_value
    from {{ base_of(source_table) }}
    where ignored_{{ column }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    source_table,
    source_row_key,
    column_name,
    raw_value
from ignored_values
