-- reference_quality counts each filled cell of an accepted row once: its value, or what was ignored of it
with told as (
    select * from {{ ref('reference_quality') }}
),

ignored as (
    select
        source_table,
        column_name,
        count(*) as cells
    from {{ ref('ignored_values') }}
    group by source_table, column_name
),

kept as (
    {%- for reference in contract_references() %}
    select
        '{{ reference.source_table }}' as source_table,
        '{{ reference.column }}' as column_name,
        count({{ reference.column }}) as cells
    from {{ ref('stg_' ~ reference.source_table | replace('.', '__')) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    told.source_table,
    told.column_name,
    told.filled,
    kept.cells as cells_kept,
    ignored.cells as cells_ignored
from told
inner join kept on told.source_table = kept.source_table and told.column_name = kept.column_name
left join ignored on told.source_table = ignored.source_table and told.column_name = ignored.column_name
where told.filled <> kept.cells + coalesce(ignored.cells, 0)
