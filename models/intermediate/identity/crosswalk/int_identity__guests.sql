with representatives as (
    select * from {{ ref('int_identity__representatives') }}
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
        representative_number,
        value_number
    from {{ ref('int_identity__nameless_ties') }}
    where veto_reason is not null
),

-- a value that several customers fit does not tell that its guest orders are of one person
telling_values as (
    select
        representatives.representative_number,
        shared_values.identifier_type,
        shared_values.identifier_value,
        row_number() over (
            partition by representatives.representative_number order by shared_values.priority, shared_values.identifier_value
        ) as value_rank
    from representatives
    inner join identifiers on representatives.representative_number = identifiers.representative_number
    inner join shared_values
        on
            identifiers.identifier_type = shared_values.identifier_type
            and identifiers.identifier_value = shared_values.identifier_value
    left join nameless_ties
        on
            representatives.representative_number = nameless_ties.representative_number
            and shared_values.value_number = nameless_ties.value_number
    where nameless_ties.representative_number is null
)

select
    representative_number,
    identifier_type,
    identifier_value
from telling_values
where value_rank = 1
