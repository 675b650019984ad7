{{ config(materialized='connected_components') }}

{{ contradictory_group_parts(
    ties=ref('int_identity__nameless_ties'),
    groups=ref('int_identity__nameless_groups'),
    customers_before=ref('int_identity__one_name_customers'),
) }}
