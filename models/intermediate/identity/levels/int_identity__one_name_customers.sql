{{ config(materialized='connected_components') }}

{{ customers_with_poorer_records(ref('int_identity__one_name_ties'), ref('int_identity__one_name_groups'), ref('int_identity__initials_customers')) }}
