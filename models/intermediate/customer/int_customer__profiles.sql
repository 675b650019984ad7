with golden_values as (
    select * from {{ ref('int_customer__golden_values') }}
),

profile_attributes as (
    select * from {{ ref('profile_attributes') }}
),

customers as (
    select * from {{ ref('int_customer__customers') }}
),

expected as (
    select count(*) as fields
    from profile_attributes
    where is_expected
),

filled as (
    select
        golden_values.first_record_number,
        count(*) filter (where profile_attributes.is_expected) as fields,
        count(*) filter (where golden_values.is_conflicting) as conflicting_fields
    from golden_values
    inner join profile_attributes on golden_values.field = profile_attributes.attribute
    group by golden_values.first_record_number
)

select
    customers.customer_id,
    coalesce(filled.conflicting_fields, 0) as conflicting_fields,
    cast(coalesce(filled.fields, 0) as double) / nullif(expected.fields, 0) as completeness
from customers
cross join expected
left join filled on customers.first_record_number = filled.first_record_number
