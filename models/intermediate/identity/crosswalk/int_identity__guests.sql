with carriers as (
    select * from {{ ref('int_identity__carriers') }}
    where records > 1
),

identifiers as (
    select * from {{ ref('int_identity__identifiers') }}
),

shared_values as (
    select * from {{ ref('int_identity__shared_values') }}
    where skip_reason is null
),

nameless_ties as (
    select distinct
        carrier_number,
        value_number
    from {{ ref('int_identity__nameless_ties') }}
    where veto_reason is not null
),

-- a value that several customers fit does not tell that its guest orders are of one person
telling_values as (
    select
        carriers.carrier_number,
        shared_values.identifier_type,
        shared_values.identifier_value,
        row_number() over (
            partition by carriers.carrier_number order by shared_values.priority, shared_values.identifier_value
        ) as value_rank
    from carriers
    inner join identifiers on carriers.carrier_number = identifiers.carrier_number
    inner join shared_values
        on
            identifiers.identifier_type = shared_values.identifier_type
            and identifiers.identifier_value = shared_values.identifier_value
    left join nameless_ties
        on
            carriers.carrier_number = nameless_ties.carrier_number
            and shared_values.value_number = nameless_ties.value_number
    where nameless_ties.carrier_number is null
)

select
    carrier_number,
    identifier_type,
    identifier_value
from telling_values
where value_rank = 1
