with malformed_rows as (
    select * from {{ ref('stg_delivery__malformed_rows') }}
),

rejected_rows as (
    {%- for source_table in source_contract() %}
    select
        '{{ source_table }}' as source_table,
        source_row_key,
        reject_reason as reason,
        reject_column as column_name,
        raw_value,
        raw_row
    from {{ base_of(source_table) }}
    where reject_reason is not null
    union all
    {%- endfor %}
    select
        source_table,
        file_name || ':' || cast(line_number as string) as source_row_key,
        'malformed_row' as reason,
        cast(null as string) as column_name,
        cast(null as string) as raw_value,
        cast(null as string) as raw_row
    from malformed_rows
)

select
    source_table,
    source_row_key,
    reason,
    column_name,
    raw_value,
    raw_row
from rejected_rows
