with record_values as (
    select * from {{ ref('int_identity__record_values') }}
),

source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

first_names as (
    select * from {{ ref('first_names') }}
),

representatives as (
    select
        representative_number,
        count(*) as records
    from record_values
    group by representative_number
),

words_as_written as (
    select
        representatives.representative_number,
        representatives.records,
        {{ is_of_a_guest('source_records') }} as is_guest,
        source_records.birth_date,
        {{ name_words('source_records.first_name') }} as first_words,
        {{ name_words(spoken_last_name('source_records.last_name')) }} as last_words
    from representatives
    inner join source_records on representatives.representative_number = source_records.record_number
),

-- no last name is an initial: first and last name are swapped
swapped_words as (
    select
        *,
        coalesce({{ is_initials('last_words') }} and not {{ is_initials('first_words') }}, false) as is_swapped
    from words_as_written
),

words as (
    select
        representative_number,
        records,
        is_guest,
        birth_date,
        case when is_swapped then last_words else first_words end as first_words,
        case when is_swapped then first_words else last_words end as last_words
    from swapped_words
),

names as (
    select
        representative_number,
        records,
        is_guest,
        birth_date,
        case when not {{ is_initials('first_words') }} then replace(first_words, ' ', '') end as first_name,
        {{ name_core('first_words') }} as first_name_core,
        case when {{ is_initials('first_words') }} then replace(first_words, ' ', '') end as initials,
        replace(last_words, ' ', '') as surname,
        -- the only name may be a last name in the wrong column
        {{ name_core('coalesce(last_words, first_words)') }} as surname_core
    from words
),

levels as (
    select
        representative_number,
        records,
        is_guest,
        birth_date,
        case
            when first_name is not null and surname is not null then 1
            when initials is not null and surname is not null then 2
            when first_name is not null or surname is not null then 3
            else 4
        end as name_level,
        case when initials is null then coalesce(first_name, surname) end as given_name,
        case when initials is null then coalesce(first_name_core, surname_core) end as given_name_core,
        initials,
        surname,
        surname_core
    from names
)

select
    levels.representative_number,
    levels.records,
    levels.is_guest,
    levels.name_level,
    levels.given_name,
    levels.given_name_core,
    levels.initials,
    levels.surname,
    levels.surname_core,
    coalesce(substr(levels.initials, 1, 1), levels.given_name) as compared_name,
    first_names.first_name is not null as is_known_first_name,
    surnames.first_name is not null as is_surname_a_first_name,
    levels.birth_date
from levels
left join first_names on levels.given_name = first_names.first_name
left join first_names as surnames on levels.surname = surnames.first_name
