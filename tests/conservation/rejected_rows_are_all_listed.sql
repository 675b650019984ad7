with listed as (
    select
        source_table,
        count(*) as rows_listed
    from {{ ref('rejected_rows') }}
    group by source_table
)

select
    reconciliation.source_table,
    reconciliation.rows_rejected,
    listed.rows_listed
from {{ ref('source_reconciliation') }} as reconciliation
left join listed on reconciliation.source_table = listed.source_table
where reconciliation.rows_rejected <> coalesce(listed.rows_listed, 0)
