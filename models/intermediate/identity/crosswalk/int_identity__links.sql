with candidate_links as (
    select * from {{ ref('int_identity__candidate_links') }}
),

clusters as (
    select * from {{ ref('int_identity__clusters') }}
),

guests as (
    select * from {{ ref('int_identity__guests') }}
),

record_values as (
    select * from {{ ref('int_identity__record_values') }}
    where record_number <> representative_number
)

-- a candidate is a link when its records end up in one cluster
select
    candidate_links.representative_number as record_number,
    candidate_links.other_representative_number as linked_record_number,
    candidate_links.identifier_type,
    candidate_links.identifier_value
from candidate_links
inner join clusters on candidate_links.representative_number = clusters.representative_number
inner join clusters as other_clusters
    on candidate_links.other_representative_number = other_clusters.representative_number
where clusters.cluster_number = other_clusters.cluster_number
union all
select
    record_values.record_number,
    record_values.representative_number as linked_record_number,
    guests.identifier_type,
    guests.identifier_value
from record_values
inner join guests on record_values.representative_number = guests.representative_number
