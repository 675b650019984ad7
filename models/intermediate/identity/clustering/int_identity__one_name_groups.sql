{{ config(materialized='connected_components') }}

{{ poorer_record_groups(
    ties=ref('int_identity__one_name_ties'),
    customers_before=ref('int_identity__initials_customers'),
) }}
