{{ config(materialized='connected_components') }}

{{ poorer_record_groups(ref('int_identity__initials_ties'), ref('int_identity__full_name_customers')) }}
