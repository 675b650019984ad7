with identifiers as (
    select * from {{ ref('int_identity__identifiers') }}
),

shared_values as (
    select * from {{ ref('int_identity__shared_values') }}
    where
        skip_reason is null
        and representatives > 1
        and identifier_type <> 'customer_number'
),

representatives as (
    select * from {{ ref('int_identity__representatives') }}
),

name_forms as (
    select * from {{ ref('int_identity__name_forms') }}
),

usable_values as (
    select
        shared_values.value_number,
        shared_values.identifier_type,
        shared_values.priority,
        representatives.representative_number,
        representatives.name_level
    from identifiers
    inner join shared_values
        on
            identifiers.identifier_type = shared_values.identifier_type
            and identifiers.identifier_value = shared_values.identifier_value
    inner join representatives on identifiers.representative_number = representatives.representative_number
    where not (shared_values.joins_no_guests and representatives.is_guest)
),

-- the record with less of a name is compared with the fuller one, the younger record with the older
value_pairs as (
    select
        one.value_number,
        one.identifier_type,
        one.priority,
        one.representative_number,
        other.representative_number as other_representative_number
    from usable_values as one
    inner join usable_values as other
        on
            one.value_number = other.value_number
            and {{ has_fuller_name('other', 'one') }}
),

comparisons as (
    select
        value_pairs.value_number,
        value_pairs.identifier_type,
        value_pairs.priority,
        value_pairs.representative_number,
        value_pairs.other_representative_number,
        {{ name_comparisons() }}
    from value_pairs
    inner join representatives as one on value_pairs.representative_number = one.representative_number
    inner join representatives as other on value_pairs.other_representative_number = other.representative_number
    left join name_forms on {{ is_name_form() }}
),

compared_pairs as (
    select
        value_number,
        priority,
        representative_number,
        name_level,
        birth_date,
        other_representative_number,
        other_name_level,
        other_birth_date,
        case
            -- where a name or a date of birth is all that is shared, both names must fit, whatever the date says
            when (identifier_type like '%name%' or identifier_type = 'birth_date') and not {{ names_fit() }}
                then 'names_differ'
            else {{ contradiction() }}
        end as veto_reason
    from comparisons
),

-- the dated records of the same level that a record without a birth date may be
dated_matches as (
    select
        value_number,
        case when birth_date is null then representative_number else other_representative_number end as undated_number,
        case when birth_date is null then other_representative_number else representative_number end as dated_number,
        coalesce(birth_date, other_birth_date) as birth_date
    from compared_pairs
    where
        veto_reason is null
        and name_level = other_name_level
        and (birth_date is null) <> (other_birth_date is null)
),

torn_pairs as (
    select distinct
        one.value_number,
        one.undated_number,
        one.dated_number
    from dated_matches as one
    inner join dated_matches as other
        on
            one.value_number = other.value_number
            and one.undated_number = other.undated_number
            and one.birth_date <> other.birth_date
    where {{ birth_dates_contradict('one.birth_date', 'other.birth_date') }}
)

select
    compared_pairs.value_number,
    compared_pairs.priority,
    compared_pairs.representative_number,
    compared_pairs.name_level,
    compared_pairs.birth_date is not null as has_birth_date,
    compared_pairs.other_representative_number,
    compared_pairs.other_name_level,
    compared_pairs.other_birth_date is not null as other_has_birth_date,
    coalesce(
        compared_pairs.veto_reason,
        case when torn_pairs.undated_number is not null then 'between_birth_dates' end
    ) as veto_reason
from compared_pairs
left join torn_pairs
    on
        compared_pairs.value_number = torn_pairs.value_number
        and torn_pairs.undated_number = case
            when compared_pairs.birth_date is null then compared_pairs.representative_number
            else compared_pairs.other_representative_number
        end
        and torn_pairs.dated_number = case
            when compared_pairs.birth_date is null then compared_pairs.other_representative_number
            else compared_pairs.representative_number
        end
