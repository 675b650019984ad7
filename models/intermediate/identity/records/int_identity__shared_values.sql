with identifiers as (
    select * from {{ ref('int_identity__identifiers') }}
),

representatives as (
    select * from {{ ref('int_identity__representatives') }}
),

repeat_guests as (
    select * from representatives
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
        sum(coalesce(repeat_guests.records, 1)) as records,
        count(*) as representatives,
        min(identifiers.representative_number) as first_representative_number,
        max(repeat_guests.records) as records_of_a_guest
    from identifiers
    left join repeat_guests on identifiers.representative_number = repeat_guests.representative_number
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
),

-- the phone of a shop or a marketplace: many guests with an email of their own carry it
phones_of_many_guests as (
    select phones.identifier_value
    from carried_values
    inner join identifiers as phones
        on
            carried_values.identifier_type = phones.identifier_type
            and carried_values.identifier_value = phones.identifier_value
    inner join representatives on phones.representative_number = representatives.representative_number
    inner join identifiers as emails on phones.representative_number = emails.representative_number
    left join blocklisted_values
        on
            emails.identifier_type = blocklisted_values.identifier_type
            and emails.identifier_value = blocklisted_values.identifier_value
    where
        carried_values.identifier_type = 'phone'
        and carried_values.representatives > {{ var('max_emails_of_a_guest_phone') }}
        and emails.identifier_type = 'email'
        and representatives.is_guest
        and blocklisted_values.identifier_value is null
    group by phones.identifier_value
    having count(distinct emails.identifier_value) > {{ var('max_emails_of_a_guest_phone') }}
)

select
    row_number() over (order by carried_values.identifier_type, carried_values.identifier_value) as value_number,
    carried_values.identifier_type,
    carried_values.identifier_value,
    cast(carried_values.records as bigint) as records,
    carried_values.representatives,
    carried_values.first_representative_number,
    rules.priority,
    case
        when blocklisted_values.identifier_value is not null then 'blocklisted'
        when carried_values.representatives > rules.record_cap then 'over_cap'
    end as skip_reason,
    phones_of_many_guests.identifier_value is not null as joins_no_guests,
    coalesce(carried_values.records_of_a_guest > {{ var('suspected_till_orders') }}, false) as is_suspected_till
from carried_values
inner join rules on carried_values.identifier_type = rules.identifier_type
left join blocklisted_values
    on
        carried_values.identifier_type = blocklisted_values.identifier_type
        and carried_values.identifier_value = blocklisted_values.identifier_value
left join phones_of_many_guests
    on
        carried_values.identifier_type = 'phone'
        and carried_values.identifier_value = phones_of_many_guests.identifier_value
where
    carried_values.records > 1
    or blocklisted_values.identifier_value is not null
