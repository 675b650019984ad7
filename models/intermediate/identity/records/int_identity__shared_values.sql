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

value_counts as (
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
    from value_counts
    where {{ is_blocklisted('value_counts.identifier_type', 'value_counts.identifier_value') }}
),

-- the phone of a shop or a marketplace: many guests with an email of their own use it
phones_of_many_guests as (
    select phones.identifier_value
    from value_counts
    inner join identifiers as phones
        on
            value_counts.identifier_type = phones.identifier_type
            and value_counts.identifier_value = phones.identifier_value
    inner join representatives on phones.representative_number = representatives.representative_number
    inner join identifiers as emails on phones.representative_number = emails.representative_number
    left join blocklisted_values
        on
            emails.identifier_type = blocklisted_values.identifier_type
            and emails.identifier_value = blocklisted_values.identifier_value
    where
        value_counts.identifier_type = 'phone'
        and value_counts.representatives > {{ var('max_emails_of_a_guest_phone') }}
        and emails.identifier_type = 'email'
        and representatives.is_guest
        and blocklisted_values.identifier_value is null
    group by phones.identifier_value
    having count(distinct emails.identifier_value) > {{ var('max_emails_of_a_guest_phone') }}
)

select
    row_number() over (order by value_counts.identifier_type, value_counts.identifier_value) as value_number,
    value_counts.identifier_type,
    value_counts.identifier_value,
    cast(value_counts.records as bigint) as records,
    value_counts.representatives,
    value_counts.first_representative_number,
    rules.priority,
    case
        when blocklisted_values.identifier_value is not null then 'blocklisted'
        when value_counts.representatives > rules.record_cap then 'over_cap'
    end as skip_reason,
    phones_of_many_guests.identifier_value is not null as joins_no_guests,
    coalesce(value_counts.records_of_a_guest > {{ var('suspected_till_orders') }}, false) as is_suspected_till
from value_counts
inner join rules on value_counts.identifier_type = rules.identifier_type
left join blocklisted_values
    on
        value_counts.identifier_type = blocklisted_values.identifier_type
        and value_counts.identifier_value = blocklisted_values.identifier_value
left join phones_of_many_guests
    on
        value_counts.identifier_type = 'phone'
        and value_counts.identifier_value = phones_of_many_guests.identifier_value
where
    value_counts.records > 1
    or blocklisted_values.identifier_value is not null
