{#
  Records with a partial name join the clusters of fuller names, one level after the other: an initial and a last name
  (name_level 2), one name (3), no name (4). `clusters_before` are the clusters before the level.
  Here: what the records of a level fit, value by value: a cluster or, if they fit none, other records of their level.
#}
{% macro partial_name_ties(name_level, clusters_before) -%}
with pairs as (
    select * from {{ ref('int_identity__pairs') }}
    where
        name_level = {{ name_level }}
        and veto_reason is null
),

clusters_before as (
    select * from {{ clusters_before }}
),

-- of two records of this level either may be in a cluster already, by its number in the CRM
pairs_either_way as (
    select
        value_number,
        priority,
        representative_number,
        other_representative_number,
        other_name_level
    from pairs
    union all
    select
        value_number,
        priority,
        other_representative_number as representative_number,
        representative_number as other_representative_number,
        name_level as other_name_level
    from pairs
    where other_name_level = {{ name_level }}
),

pairs_of_clusters as (
    select
        pairs_either_way.value_number,
        pairs_either_way.priority,
        pairs_either_way.representative_number,
        pairs_either_way.other_representative_number,
        coalesce(clusters_before.cluster_number, pairs_either_way.other_representative_number) as other_cluster_number,
        pairs_either_way.other_name_level < {{ name_level }} or clusters_before.cluster_number is not null as is_cluster
    from pairs_either_way
    left join clusters_before on pairs_either_way.other_representative_number = clusters_before.representative_number
),

fitting_clusters as (
    select
        value_number,
        priority,
        representative_number,
        other_cluster_number,
        min(other_representative_number) as other_representative_number
    from pairs_of_clusters
    where is_cluster
    group by
        value_number,
        priority,
        representative_number,
        other_cluster_number
),

fits as (
    select
        value_number,
        representative_number,
        count(*) as clusters
    from fitting_clusters
    group by
        value_number,
        representative_number
),

-- a record that is already in a cluster brings it along, so the two clusters must be one person
meeting_clusters as (
    select distinct
        clusters_before.cluster_number,
        fitting_clusters.other_cluster_number
    from fitting_clusters
    inner join clusters_before on fitting_clusters.representative_number = clusters_before.representative_number
    where clusters_before.cluster_number <> fitting_clusters.other_cluster_number
),

memberships as (
    select
        meeting_clusters.cluster_number,
        meeting_clusters.other_cluster_number,
        true as is_own,
        clusters_before.representative_number
    from meeting_clusters
    inner join clusters_before on meeting_clusters.cluster_number = clusters_before.cluster_number
    union all
    select
        meeting_clusters.cluster_number,
        meeting_clusters.other_cluster_number,
        false as is_own,
        coalesce(clusters_before.representative_number, meeting_clusters.other_cluster_number) as representative_number
    from meeting_clusters
    left join clusters_before on meeting_clusters.other_cluster_number = clusters_before.cluster_number
),

described_members as (
    {{ described_members('memberships', ['cluster_number', 'other_cluster_number', 'is_own']) }}
),

comparisons as (
    {{ member_comparisons(
        'described_members', ['cluster_number', 'other_cluster_number'], 'one.is_own <> other.is_own'
    ) }}
),

contradictory_clusters as (
    select distinct
        cluster_number,
        other_cluster_number
    from comparisons
    where {{ contradiction() }} is not null
)

select
    fitting_clusters.value_number,
    fitting_clusters.priority,
    fitting_clusters.representative_number,
    fitting_clusters.other_representative_number,
    false as is_within_level,
    case
        when fits.clusters > 1 then 'several_customers_fit'
        when contradictory_clusters.cluster_number is not null then 'customers_contradict'
    end as veto_reason
from fitting_clusters
inner join fits
    on
        fitting_clusters.value_number = fits.value_number
        and fitting_clusters.representative_number = fits.representative_number
left join clusters_before on fitting_clusters.representative_number = clusters_before.representative_number
left join contradictory_clusters
    on
        clusters_before.cluster_number = contradictory_clusters.cluster_number
        and fitting_clusters.other_cluster_number = contradictory_clusters.other_cluster_number
union all
select
    pairs_of_clusters.value_number,
    pairs_of_clusters.priority,
    pairs_of_clusters.representative_number,
    pairs_of_clusters.other_representative_number,
    true as is_within_level,
    cast(null as string) as veto_reason
from pairs_of_clusters
left join fits
    on
        pairs_of_clusters.value_number = fits.value_number
        and pairs_of_clusters.representative_number = fits.representative_number
left join fits as other_fits
    on
        pairs_of_clusters.value_number = other_fits.value_number
        and pairs_of_clusters.other_representative_number = other_fits.representative_number
where
    not pairs_of_clusters.is_cluster
    and pairs_of_clusters.representative_number > pairs_of_clusters.other_representative_number
    and fits.representative_number is null
    and other_fits.representative_number is null
{%- endmacro %}
