{# The fields of the golden record, each with the contract columns that contain it: one of them is enough. #}
{% macro profile_fields() %}
{{ return({
    'name': ['first_name', 'last_name'],
    'email': ['email'],
    'phone': ['phone'],
    'address': ['postal_code'],
    'country': ['country_code'],
    'birth_date': ['birth_date'],
    'gender': ['gender'],
}) }}
{% endmacro %}
