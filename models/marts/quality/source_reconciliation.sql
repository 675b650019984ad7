with malformed_rows as (
    select
        source_table,
        count(*) as malformed
    from {{ ref('stg_delivery__malformed_rows') }}
    group by source_table
),

erased_rows as (
    select * from {{ ref('stg_delivery__erased_rows') }}
),

table_counts as (
    {%- for source_table, contract in source_contract().items() %}
    select
        '{{ source_table }}' as source_table,
        count(*) as rows_loaded,
        count(*) filter (where reject_reason is null) as rows_accepted,
        max({{ event_column(contract) }}) filter (where reject_reason is null) as latest_event_at
    from {{ base_of(source_table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    table_counts.source_table,
    table_counts.rows_loaded + coalesce(malformed_rows.malformed, 0) + coalesce(erased_rows.row_count, 0) as rows_read,
    table_counts.rows_accepted,
    table_counts.rows_loaded - table_counts.rows_accepted + coalesce(malformed_rows.malformed, 0) as rows_rejected,
    coalesce(erased_rows.row_count, 0) as rows_erased,
    table_counts.latest_event_at
from table_counts
left join malformed_rows on table_counts.source_table = malformed_rows.source_table
left join erased_rows on table_counts.source_table = erased_rows.source_table
