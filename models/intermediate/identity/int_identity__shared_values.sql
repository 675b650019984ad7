with identifiers as (
    select * from {{ ref('int_identity__identifiers') }}
),

rules as (
    select * from {{ ref('identity_rules') }}
),

carried_values as (
    select
        identifier_type,
        identifier_value,
        count(*) as records,
        count(distinct carrier_key) as carriers,
        min(record_number) as first_record_number
    from identifiers
    group by identifier_type, identifier_value
),

blocklisted_values as (
    select
        identifier_type,
        identifier_value
    from carried_values
    where {{ is_blocklisted('carried_values.identifier_type', 'carried_values.identifier_value') }}
)

select
    carried_values.identifier_type,
    carried_values.identifier_value,
    carried_values.records,
    carried_values.carriers,
    carried_values.first_record_number,
    rules.priority,
    case
        when blocklisted_values.identifier_value is not null then 'blocklisted'
        when carried_values.carriers > rules.record_cap then 'over_cap'
    end as skip_reason
from carried_values
inner join rules on carried_values.identifier_type = rules.identifier_type
left join blocklisted_values
    on
        carried_values.identifier_type = blocklisted_values.identifier_type
        and carried_values.identifier_value = blocklisted_values.identifier_value
where
    rules.is_active
    and (carried_values.records > 1 or blocklisted_values.identifier_value is not null)
