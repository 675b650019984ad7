{{ config(materialized='connected_components') }}

{{ poorer_record_groups(ref('int_identity__nameless_ties'), ref('int_identity__one_name_customers')) }}
