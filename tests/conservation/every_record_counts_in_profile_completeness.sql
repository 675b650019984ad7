with records as (
    select
        source_entity,
        count(*) as records
    from {{ ref('customer_identities') }}
    group by source_entity
)

select
    completeness.source_entity,
    completeness.field,
    completeness.records,
    records.records as records_found
from {{ ref('profile_completeness') }} as completeness
left join records on completeness.source_entity = records.source_entity
where completeness.records <> coalesce(records.records, 0)
