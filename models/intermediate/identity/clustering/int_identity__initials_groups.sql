{{ config(materialized='connected_components') }}

{{ poorer_record_groups(
    ties=ref('int_identity__initials_ties'),
    customers_before=ref('int_identity__full_name_customers'),
) }}
