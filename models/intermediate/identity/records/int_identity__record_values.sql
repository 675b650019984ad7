with source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

decisions as (
    select * from {{ ref('identity_decisions') }}
),

reviewed_records as (
    select record_key from decisions
    union
    select other_record_key as record_key from decisions
),

normalised_values as (
    select
        source_records.record_number,
        source_records.email,
        source_records.phone,
        {{ normalised_address(
            'source_records.country_code', 'source_records.postal_code', 'source_records.house_number'
        ) }} as address,
        source_records.customer_number,
        case when {{ is_of_a_guest('source_records') }} and reviewed_records.record_key is null then true end
            as is_of_a_guest
    from source_records
    left join reviewed_records on source_records.record_key = reviewed_records.record_key
),

-- guest orders of the same email and phone are one guest, unless somebody reviewed them
keyed_values as (
    select
        *,
        case when is_of_a_guest then coalesce(email, '') || '|' || coalesce(phone, '') end as guest
    from normalised_values
),

guests as (
    select
        guest,
        min(record_number) as representative_number
    from keyed_values
    where guest is not null
    group by guest
)

select
    keyed_values.record_number,
    coalesce(guests.representative_number, keyed_values.record_number) as representative_number,
    keyed_values.email,
    keyed_values.phone,
    keyed_values.address,
    keyed_values.customer_number
from keyed_values
left join guests on keyed_values.guest = guests.guest
