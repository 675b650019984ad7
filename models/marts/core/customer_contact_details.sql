with golden_values as (
    select * from {{ ref('int_customer__golden_values') }}
),

source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

customers as (
    select * from {{ ref('int_customer__customers') }}
),

-- a name, and an address, is taken whole from one record: an empty part of it is not filled from another
golden_records as (
    select
        golden_values.first_record_number,
        {%- for field, columns in {
            'name': ['first_name', 'last_name'],
            'email': ['email'],
            'phone': ['phone'],
            'address': ['street', 'house_number', 'postal_code', 'city'],
            'country': ['country_code'],
            'birth_date': ['birth_date'],
            'gender': ['gender'],
        }.items() %}
        {%- set of_field = "filter (where golden_values.field = '" ~ field ~ "')" %}
        {%- for column in columns %}
        max(source_records.{{ column }}) {{ of_field }} as {{ column }},
        {%- endfor %}
        max(source_records.source_system) {{ of_field }} as {{ field }}_source,
        max(source_records.source_entity) {{ of_field }} as {{ field }}_source_entity,
        max(source_records.source_record_id) {{ of_field }} as {{ field }}_source_record_id,
        {%- endfor %}
        count(*) as fields
    from golden_values
    inner join source_records on golden_values.record_number = source_records.record_number
    group by golden_values.first_record_number
)

select
    customers.customer_id,
    golden_records.first_name,
    golden_records.last_name,
    golden_records.email,
    golden_records.phone,
    golden_records.street,
    golden_records.house_number,
    golden_records.postal_code,
    golden_records.city,
    golden_records.country_code,
    golden_records.birth_date,
    golden_records.gender,
    golden_records.name_source,
    golden_records.name_source_entity,
    golden_records.name_source_record_id,
    golden_records.email_source,
    golden_records.email_source_entity,
    golden_records.email_source_record_id,
    golden_records.phone_source,
    golden_records.phone_source_entity,
    golden_records.phone_source_record_id,
    golden_records.address_source,
    golden_records.address_source_entity,
    golden_records.address_source_record_id,
    golden_records.country_source,
    golden_records.country_source_entity,
    golden_records.country_source_record_id,
    golden_records.birth_date_source,
    golden_records.birth_date_source_entity,
    golden_records.birth_date_source_record_id,
    golden_records.gender_source,
    golden_records.gender_source_entity,
    golden_records.gender_source_record_id
from customers
left join golden_records on customers.first_record_number = golden_records.first_record_number
