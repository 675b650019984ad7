with details as (
    select * from {{ ref('customer_contact_details') }}
),

customers as (
    select * from {{ ref('customer_360') }}
),

expected as (
    select * from {{ ref('profile_attributes') }}
    where is_expected
),

shares as (
    select
        details.customer_id,
        count(case expected.attribute
            when 'name' then coalesce(details.first_name, details.last_name)
            when 'email' then details.email
            when 'phone' then details.phone
            when 'address' then details.postal_code
            when 'country' then details.country_code
            when 'birth_date' then cast(details.birth_date as string)
            when 'gender' then details.gender
        end) / nullif(cast(count(*) as double), 0) as completeness
    from details
    cross join expected
    group by details.customer_id
)

select
    customers.customer_id,
    customers.completeness,
    shares.completeness as share_of_golden_values
from customers
inner join shares on customers.customer_id = shares.customer_id
where abs(customers.completeness - shares.completeness) > 1e-12
