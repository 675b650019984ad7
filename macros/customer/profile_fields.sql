{# The fields of the golden record, each with the columns of the source contract that hold it: one of them suffices. #}
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

{# The kinds of source record, each with the source table that they come from. #}
{% macro profile_sources() %}
{{ return({
    'customer': 'crm.customers',
    'account': 'webshop.accounts',
    'contact': 'service_desk.contacts',
    'guest_order': 'webshop.orders',
}) }}
{% endmacro %}
