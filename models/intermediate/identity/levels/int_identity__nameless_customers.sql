{{ config(materialized='connected_components') }}

{{ customers_with_poorer_records(ref('int_identity__nameless_ties'), ref('int_identity__nameless_groups'), ref('int_identity__one_name_customers')) }}
