-- reference_quality counts each filled cell of an accepted row once: as kept or as ignored
with reported as (
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
    reported.source_table,
    reported.column_name,
    reported.filled,
    kept.cells as cells_kept,
    ignored.cells as cells_ignored
from reported
inner join kept on reported.source_table = kept.source_table and reported.column_name = kept.column_name
left join ignored on reported.source_table = ignored.source_table and reported.column_name = ignored.column_name
where reported.filled <> kept.cells + coalesce(ignored.cells, 0)
