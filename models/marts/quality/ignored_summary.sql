with ignored_values as (
    select * from {{ ref('ignored_values') }}
)

select
    source_table,
    column_name,
    count(*) as cells
from ignored_values
group by
    source_table,
    column_name
