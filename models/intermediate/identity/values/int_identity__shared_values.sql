with identifiers as (
    select * from {{ ref('int_identity__identifiers') }}
),

carriers as (
    select * from {{ ref('int_identity__carriers') }}
    where records > 1
),

rules as (
    select * from {{ ref('identity_rules') }}
    where is_active
),

carried_values as (
    select
        identifiers.identifier_type,
        identifiers.identifier_value,
        sum(coalesce(carriers.records, 1)) as records,
        count(*) as carriers,
        min(identifiers.carrier_number) as first_carrier_number,
        max(carriers.records) as records_of_a_guest
    from identifiers
    left join carriers on identifiers.carrier_number = carriers.carrier_number
    group by
        identifiers.identifier_type,
        identifiers.identifier_value
),

blocklisted_values as (
    select
        identifier_type,
        identifier_value
    from carried_values
    where {{ is_blocklisted('carried_values.identifier_type', 'carried_values.identifier_value') }}
)

select
    row_number() over (order by carried_values.identifier_type, carried_values.identifier_value) as value_number,
    carried_values.identifier_type,
    carried_values.identifier_value,
    cast(carried_values.records as bigint) as records,
    carried_values.carriers,
    carried_values.first_carrier_number,
    rules.priority,
    case
        when blocklisted_values.identifier_value is not null then 'blocklisted'
        when carried_values.carriers > rules.record_cap then 'over_cap'
    end as skip_reason,
    coalesce(carried_values.records_of_a_guest > {{ var('suspected_till_orders') }}, false) as is_suspected_till
from carried_values
inner join rules on carried_values.identifier_type = rules.identifier_type
left join blocklisted_values
    on
        carried_values.identifier_type = blocklisted_values.identifier_type
        and carried_values.identifier_value = blocklisted_values.identifier_value
where
    carried_values.records > 1
    or blocklisted_values.identifier_value is not null
