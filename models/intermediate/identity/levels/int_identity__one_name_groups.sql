{{ config(materialized='connected_components') }}

{{ poorer_record_groups(ref('int_identity__one_name_ties'), ref('int_identity__initials_customers')) }}
