{{ config(materialized='clusters') }}

{{ partial_name_clusters(ref('int_identity__one_name_ties'), ref('int_identity__initials_clusters')) }}
