{{ config(materialized='clusters') }}

{{ partial_name_clusters(ref('int_identity__initials_ties'), ref('int_identity__full_name_clusters')) }}
