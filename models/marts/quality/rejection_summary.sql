with rejected_rows as (
    select * from {{ ref('rejected_rows') }}
)

select
    source_table,
    reason,
    column_name,
    count(*) as rows
from rejected_rows
group by
    source_table,
    reason,
    column_name
