{%- set taken_columns = {
    'name': ['first_name', 'last_name'],
    'email': ['email'],
    'phone': ['phone'],
    'address': ['street', 'house_number', 'postal_code', 'city'],
    'country': ['country_code'],
    'birth_date': ['birth_date'],
    'gender': ['gender'],
} -%}
-- noqa: disable=LT02
with customers as (
    select * from {{ ref('int_customer__customers') }}
),

golden_records as (
    select * from {{ ref('int_customer__golden_records') }}
),

record_customers as (
    select * from {{ ref('int_identity__record_customers') }}
),

source_records as (
    select * from {{ ref('int_identity__source_records') }}
),

-- few records beside the one that most values come from
surviving_records as (
    select
        record_customers.record_number,
        golden_records.*
    from record_customers
    inner join golden_records on record_customers.cluster_number = golden_records.cluster_number
    where
        {%- for attribute in taken_columns %}
        {{ 'or ' if not loop.first }}record_customers.record_number = golden_records.{{ attribute }}_record_number
        {%- endfor %}
),

-- a name, and an address, is taken whole from one record: an empty part of it is not filled from another
details as (
    select
        surviving_records.cluster_number,
        {%- for attribute, columns in taken_columns.items() %}
        {%- set golden_number = 'surviving_records.' ~ attribute ~ '_record_number' %}
        {%- set is_taken = 'filter (where surviving_records.record_number = ' ~ golden_number ~ ')' %}
        {%- for column in columns %}
        max(source_records.{{ column }}) {{ is_taken }} as {{ column }},
        {%- endfor %}
        max(source_records.source_system) {{ is_taken }} as {{ attribute }}_source,
        max(source_records.source_entity) {{ is_taken }} as {{ attribute }}_source_entity,
        max(source_records.source_record_id) {{ is_taken }} as {{ attribute }}_source_record_id
        {{- ',' if not loop.last }}
        {%- endfor %}
    from surviving_records
    inner join source_records on surviving_records.record_number = source_records.record_number
    group by surviving_records.cluster_number
)

select
    customers.customer_id,
    details.first_name,
    details.last_name,
    details.email,
    details.phone,
    details.street,
    details.house_number,
    details.postal_code,
    details.city,
    details.country_code,
    details.birth_date,
    details.gender,
    details.name_source,
    details.name_source_entity,
    details.name_source_record_id,
    details.email_source,
    details.email_source_entity,
    details.email_source_record_id,
    details.phone_source,
    details.phone_source_entity,
    details.phone_source_record_id,
    details.address_source,
    details.address_source_entity,
    details.address_source_record_id,
    details.country_source,
    details.country_source_entity,
    details.country_source_record_id,
    details.birth_date_source,
    details.birth_date_source_entity,
    details.birth_date_source_record_id,
    details.gender_source,
    details.gender_source_entity,
    details.gender_source_record_id
from customers
left join details on customers.cluster_number = details.cluster_number
