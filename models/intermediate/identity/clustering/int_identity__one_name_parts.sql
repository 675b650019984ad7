{{ config(materialized='connected_components') }}

{{ contradictory_group_parts(
    ties=ref('int_identity__one_name_ties'),
    groups=ref('int_identity__one_name_groups'),
    customers_before=ref('int_identity__initials_customers'),
) }}
