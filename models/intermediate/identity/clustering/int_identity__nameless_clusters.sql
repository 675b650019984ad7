{{ config(materialized='clusters') }}

{{ partial_name_clusters(ref('int_identity__nameless_ties'), ref('int_identity__one_name_clusters')) }}
