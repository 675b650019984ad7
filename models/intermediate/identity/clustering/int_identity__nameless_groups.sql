{{ config(materialized='connected_components') }}

{{ poorer_record_groups(
    ties=ref('int_identity__nameless_ties'),
    customers_before=ref('int_identity__one_name_customers'),
) }}
