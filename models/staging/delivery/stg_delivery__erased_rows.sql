with delivered as (
    select * from {{ source('delivery', 'erased_rows') }}
)

select
    source_table,
    row_count
from delivered
