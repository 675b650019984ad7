with record_values as (
    select * from {{ ref('int_identity__record_values') }}
),

representatives as (
    select * from {{ ref('int_identity__representatives') }}
),

source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

rules as (
    select * from {{ ref('identity_rules') }}
    where is_active
),

accounts as (
    select * from {{ ref('stg_webshop__accounts') }}
    where is_implied
),

orders as (
    select * from {{ ref('stg_webshop__orders') }}
),

own_values as (
    select
        representative_number,
        email,
        phone,
        address,
        customer_number
    from record_values
    -- one order has all values of a guest
    where record_number = representative_number
),

-- the emails and phones of orders identify their account only when it has no row of its own
values_of_implied_accounts as (
    select
        source_records.record_number as representative_number,
        orders.email,
        orders.phone
    from accounts
    inner join orders on accounts.account_id = orders.account_id
    inner join source_records
        on
            accounts.account_id = source_records.source_record_id
            and source_records.source_entity = 'account'
),

-- only rules that are off by default read street and postal code: without them none is normalised
placed_records as (
    select
        record_number,
        {{ normalised_postal_code('country_code', 'postal_code') }} as postal_code,
        {{ normalised_street('country_code', 'street', 'house_number') }} as street
    from source_records
    where exists (
        select 1
        from rules
        where rules.identifier_type in ('birth_postal_code', 'name_postal_code', 'name_street')
    )
),

-- names, and what rules combine them with
named_records as (
    select
        representatives.representative_number,
        representatives.name_level,
        representatives.given_name,
        representatives.surname_core,
        cast(representatives.birth_date as string) as birth_date,
        placed_records.postal_code,
        placed_records.street
    from representatives
    left join placed_records on representatives.representative_number = placed_records.record_number
    where representatives.name_level < 4
),

combinations as (
    select
        representative_number,
        'name_birth' as identifier_type,
        given_name,
        surname_core,
        birth_date as combined_with
    from named_records
    where name_level = 1
    union all
    select
        representative_number,
        'name_postal_code' as identifier_type,
        given_name,
        surname_core,
        postal_code as combined_with
    from named_records
    union all
    select
        representative_number,
        'name_street' as identifier_type,
        given_name,
        surname_core,
        street as combined_with
    from named_records
),

active_combinations as (
    select combinations.*
    from combinations
    inner join rules on combinations.identifier_type = rules.identifier_type
    where combinations.combined_with is not null
),

identifiers as (
    {%- for identifier_type in ['email', 'phone', 'address', 'customer_number'] %}
    select
        representative_number,
        '{{ identifier_type }}' as identifier_type,
        {{ identifier_type }} as identifier_value
    from own_values
    where {{ identifier_type }} is not null
    union all
    {%- endfor %}
    -- one name in each value, so that the other may have a typo: both are compared when two records share it
    select
        representative_number,
        identifier_type,
        surname_core || ' ' || combined_with as identifier_value
    from active_combinations
    union all
    select
        representative_number,
        identifier_type,
        given_name || ' ' || combined_with as identifier_value
    from active_combinations
    where
        given_name is not null
        and given_name <> surname_core
    union all
    select
        named_records.representative_number,
        rules.identifier_type,
        named_records.birth_date as identifier_value
    from named_records
    inner join rules on rules.identifier_type = 'birth_date'
    where named_records.birth_date is not null
    union all
    select
        named_records.representative_number,
        rules.identifier_type,
        named_records.birth_date || ' ' || named_records.postal_code as identifier_value
    from named_records
    inner join rules on rules.identifier_type = 'birth_postal_code'
    where
        named_records.birth_date is not null
        and named_records.postal_code is not null
),

identifiers_of_orders as (
    select
        representative_number,
        'email' as identifier_type,
        email as identifier_value
    from values_of_implied_accounts
    where email is not null
    union
    select
        representative_number,
        'phone' as identifier_type,
        phone as identifier_value
    from values_of_implied_accounts
    where phone is not null
)

select
    representative_number,
    identifier_type,
    identifier_value
from identifiers
union all
select
    identifiers_of_orders.representative_number,
    identifiers_of_orders.identifier_type,
    identifiers_of_orders.identifier_value
from identifiers_of_orders
left join own_values
    on identifiers_of_orders.representative_number = own_values.representative_number
-- the values of the latest order are among them already
where
    identifiers_of_orders.identifier_value is distinct from
    case identifiers_of_orders.identifier_type when 'email' then own_values.email else own_values.phone end
