with rejected_rows as (
    select * from {{ ref('rejected_rows') }}
),

source_reconciliation as (
    select * from {{ ref('source_reconciliation') }}
),

reasons as (
    select
        source_table,
        reason,
        column_name,
        count(*) as rejected_rows,
        count(distinct raw_value) as distinct_values
    from rejected_rows
    group by
        source_table,
        reason,
        column_name
)

select
    reasons.source_table,
    reasons.reason,
    reasons.column_name,
    reasons.rejected_rows,
    reasons.distinct_values,
    cast(reasons.rejected_rows as double) / source_reconciliation.rows_rejected as share_of_rejected_rows,
    cast(reasons.rejected_rows as double) / source_reconciliation.rows_read as share_of_rows_read
from reasons
inner join source_reconciliation on reasons.source_table = source_reconciliation.source_table
order by
    reasons.rejected_rows desc,
    reasons.source_table asc,
    reasons.reason asc,
    reasons.column_name asc
