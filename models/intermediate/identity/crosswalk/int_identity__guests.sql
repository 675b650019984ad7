with repeat_guests as (
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

vetoed_values as (
    select distinct
        representative_number,
        value_number
    from {{ ref('int_identity__nameless_ties') }}
    where veto_reason is not null
),

-- a value that fits several customers does not show that the guest's orders are of one person
identifying_values as (
    select
        repeat_guests.representative_number,
        shared_values.identifier_type,
        shared_values.identifier_value,
        row_number() over (
            partition by repeat_guests.representative_number
            order by shared_values.priority, shared_values.identifier_value
        ) as value_rank
    from repeat_guests
    inner join identifiers on repeat_guests.representative_number = identifiers.representative_number
    inner join shared_values
        on
            identifiers.identifier_type = shared_values.identifier_type
            and identifiers.identifier_value = shared_values.identifier_value
    left join vetoed_values
        on
            repeat_guests.representative_number = vetoed_values.representative_number
            and shared_values.value_number = vetoed_values.value_number
    where vetoed_values.representative_number is null
)

select
    representative_number,
    identifier_type,
    identifier_value
from identifying_values
where value_rank = 1
