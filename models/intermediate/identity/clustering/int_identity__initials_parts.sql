{{ config(materialized='connected_components') }}

{{ contradictory_group_parts(
    ties=ref('int_identity__initials_ties'),
    groups=ref('int_identity__initials_groups'),
    customers_before=ref('int_identity__full_name_customers'),
) }}
