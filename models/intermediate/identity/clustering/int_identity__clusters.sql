{{ config(materialized='clusters') }}
-- noqa: disable=CV06

{#- Records that a reviewer keeps apart from others of the same cluster. -#}
{% call clusters_step('kept_apart') %}
with decisions as (
    select * from {{ ref('int_identity__decisions') }}
    where decision = 'keep_apart'
),

clusters as (
    select * from {{ ref('int_identity__nameless_clusters') }}
),

pairs_together as (
    select
        clusters.cluster_number,
        decisions.representative_number,
        decisions.other_representative_number
    from decisions
    inner join clusters on decisions.representative_number = clusters.representative_number
    inner join clusters as other_clusters
        on decisions.other_representative_number = other_clusters.representative_number
    where clusters.cluster_number = other_clusters.cluster_number
)

select
    cluster_number,
    representative_number
from pairs_together
union
select
    cluster_number,
    other_representative_number as representative_number
from pairs_together
{% endcall %}

{#- What remains connected of those clusters without the records that are kept apart. -#}
{% call components_step('parts') %}
with candidate_links as (
    select * from {{ ref('int_identity__candidate_links') }}
),

kept_apart as (
    select * from {{ step('kept_apart') }}
),

members as (
    select clusters.representative_number
    from {{ ref('int_identity__nameless_clusters') }} as clusters
    inner join kept_apart on clusters.cluster_number = kept_apart.cluster_number
    except
    select representative_number from kept_apart
)

select
    candidate_links.representative_number as cluster_number,
    candidate_links.other_representative_number as linked_cluster_number
from candidate_links
inner join members on candidate_links.representative_number = members.representative_number
inner join members as other_members
    on candidate_links.other_representative_number = other_members.representative_number
{% endcall %}

{% call components_step('split_clusters') %}
with candidate_links as (
    select * from {{ ref('int_identity__candidate_links') }}
),

clusters as (
    select * from {{ ref('int_identity__nameless_clusters') }}
),

kept_apart as (
    select * from {{ step('kept_apart') }}
),

parts as (
    select
        cluster_number,
        joined_cluster_number as part_number
    from {{ step('parts') }}
),

links_either_way as (
    select
        representative_number,
        other_representative_number,
        identifier_type
    from candidate_links
    union all
    select
        other_representative_number as representative_number,
        representative_number as other_representative_number,
        identifier_type
    from candidate_links
),

links_to_kept_apart as (
    select
        links_either_way.representative_number,
        coalesce(parts.part_number, links_either_way.representative_number) as part_number,
        kept_apart.representative_number as kept_apart_number,
        own_kept_apart.representative_number is not null as is_kept_apart,
        links_either_way.identifier_type = 'decision' as is_decided
    from links_either_way
    inner join kept_apart on links_either_way.other_representative_number = kept_apart.representative_number
    left join kept_apart as own_kept_apart
        on links_either_way.representative_number = own_kept_apart.representative_number
    left join parts on links_either_way.representative_number = parts.cluster_number
),

-- a part goes to the one kept-apart record that its links name; what a reviewer merges counts before all else
named_parts as (
    select
        part_number,
        coalesce(min(kept_apart_number) filter (where is_decided), min(kept_apart_number)) as kept_apart_number
    from links_to_kept_apart
    where not is_kept_apart
    group by part_number
    having coalesce(
        nullif(count(distinct kept_apart_number) filter (where is_decided), 0), count(distinct kept_apart_number)
    ) = 1
)

select
    clusters.representative_number as cluster_number,
    coalesce(parts.part_number, clusters.representative_number) as linked_cluster_number
from clusters
left join parts on clusters.representative_number = parts.cluster_number
where clusters.cluster_number in (select kept_apart.cluster_number from kept_apart)
union all
select
    part_number as cluster_number,
    kept_apart_number as linked_cluster_number
from named_parts
union all
-- records that are kept apart from others are one person only when a reviewer says so
select
    representative_number as cluster_number,
    kept_apart_number as linked_cluster_number
from links_to_kept_apart
where
    is_kept_apart
    and is_decided
{% endcall %}

with clusters as (
    select * from {{ ref('int_identity__nameless_clusters') }}
),

split_clusters as (
    select * from {{ step('split_clusters') }}
)

select
    clusters.representative_number,
    coalesce(split_clusters.joined_cluster_number, clusters.cluster_number) as cluster_number
from clusters
left join split_clusters on clusters.representative_number = split_clusters.cluster_number
