{{ config(materialized='connected_components') }}

{{ customers_with_poorer_records(ref('int_identity__initials_ties'), ref('int_identity__initials_groups'), ref('int_identity__full_name_customers')) }}
