with identifiers as (
    select * from {{ ref('int_identity__identifiers') }}
    where identifier_type = 'customer_number'
),

shared_values as (
    select * from {{ ref('int_identity__shared_values') }}
    where
        identifier_type = 'customer_number'
        and skip_reason is null
),

decisions as (
    select * from {{ ref('int_identity__decisions') }}
    where decision = 'merge'
)

-- a star per number: each representative tied to the oldest
select
    identifiers.representative_number,
    shared_values.first_representative_number as other_representative_number,
    identifiers.identifier_type,
    identifiers.identifier_value
from identifiers
inner join shared_values on identifiers.identifier_value = shared_values.identifier_value
where identifiers.representative_number <> shared_values.first_representative_number
union all
select
    representative_number,
    other_representative_number,
    'decision' as identifier_type,
    reviewed_pair as identifier_value
from decisions
