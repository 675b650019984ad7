with delivered as (
    select * from {{ source('delivery', 'delivered_tables') }}
)

select
    source_table,
    is_delivered,
    row_count
from delivered
