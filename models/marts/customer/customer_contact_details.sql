with source_values as (
    select * from {{ ref('int_customer__source_values') }}
)

select
    customer_id,
    {%- for value, is_filled in [
        ('first_name', 'coalesce(first_name, last_name) is not null'),
        ('last_name', 'coalesce(first_name, last_name) is not null'),
        ('email', 'email is not null'),
        ('phone', 'phone is not null'),
        ('street', 'postal_code is not null'),
        ('house_number', 'postal_code is not null'),
        ('postal_code', 'postal_code is not null'),
        ('city', 'postal_code is not null'),
        ('country_code', 'country_code is not null'),
        ('birth_date', 'birth_date is not null'),
        ('gender', 'gender is not null'),
    ] %}
    min_by({{ value }}, preference) filter (where {{ is_filled }}) as {{ value }},
    {%- endfor %}
    {%- for value, is_filled in [
        ('name', 'coalesce(first_name, last_name) is not null'),
        ('email', 'email is not null'),
        ('phone', 'phone is not null'),
        ('address', 'postal_code is not null'),
        ('country', 'country_code is not null'),
        ('birth_date', 'birth_date is not null'),
        ('gender', 'gender is not null'),
    ] %}
    min_by(source_system, preference) filter (where {{ is_filled }}) as {{ value }}_source{{ ',' if not loop.last }}
    {%- endfor %}
from source_values
group by customer_id
