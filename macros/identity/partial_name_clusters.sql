{#
  The clusters after a level of partial names: the clusters before it, joined by the ties of the level. Where ties would
  join clusters whose records contradict each other, each record in them keeps only the ties of its first value.
#}
{% macro partial_name_clusters(ties, clusters_before) -%}
{% call components_step('groups') %}
with ties as (
    select * from {{ ties }}
    where veto_reason is null
),

clusters_before as (
    select * from {{ clusters_before }}
)

{{ edges_of_ties('ties') }}
{% endcall %}

{% call components_step('parts') %}
with ties as (
    select * from {{ ties }}
    where veto_reason is null
),

groups as (
    select
        cluster_number,
        joined_cluster_number as group_number
    from {{ step('groups') }}
),

clusters_before as (
    select * from {{ clusters_before }}
),

memberships as (
    select
        groups.group_number,
        groups.cluster_number,
        groups.cluster_number as representative_number
    from groups
    union
    select
        groups.group_number,
        groups.cluster_number,
        clusters_before.representative_number
    from groups
    inner join clusters_before on groups.cluster_number = clusters_before.cluster_number
),

described_members as (
    {{ described_members('memberships', ['group_number', 'cluster_number']) }}
),

group_sizes as (
    select
        group_number,
        count(*) as members
    from described_members
    group by group_number
    having min(cluster_number) <> max(cluster_number)
),

compared_members as (
    select described_members.*
    from described_members
    inner join group_sizes on described_members.group_number = group_sizes.group_number
    where group_sizes.members <= 100
),

comparisons as (
    {{ member_comparisons('compared_members', ['group_number'], 'one.cluster_number <> other.cluster_number') }}
),

contradictory_groups as (
    select distinct group_number
    from comparisons
    where {{ contradiction() }} is not null
    union all
    -- this many different names and dates never belong to one person: not worth comparing all pairs
    select group_number
    from group_sizes
    where members > 100
),

ties_of_contradictory_groups as (
    select ties.*
    from ties
    inner join memberships on ties.representative_number = memberships.representative_number
    inner join contradictory_groups on memberships.group_number = contradictory_groups.group_number
),

-- a tie between two of the level is a value of both
values_of_ties as (
    select
        representative_number,
        priority,
        value_number
    from ties_of_contradictory_groups
    union
    select
        other_representative_number as representative_number,
        priority,
        value_number
    from ties_of_contradictory_groups
    where is_within_level
),

ranked_values as (
    select
        representative_number,
        value_number,
        row_number() over (partition by representative_number order by priority, value_number) as value_rank
    from values_of_ties
),

first_values as (
    select * from ranked_values
    where value_rank = 1
),

kept_ties as (
    select
        ties.representative_number,
        ties.other_representative_number
    from ties_of_contradictory_groups as ties
    inner join first_values
        on
            ties.representative_number = first_values.representative_number
            and ties.value_number = first_values.value_number
    left join first_values as other_first_values
        on
            ties.other_representative_number = other_first_values.representative_number
            and ties.value_number = other_first_values.value_number
    where
        not ties.is_within_level
        or other_first_values.representative_number is not null
)

select
    groups.cluster_number,
    groups.cluster_number as linked_cluster_number
from groups
inner join contradictory_groups on groups.group_number = contradictory_groups.group_number
union all
{{ edges_of_ties('kept_ties') }}
{% endcall %}

with groups as (
    select * from {{ step('groups') }}
),

parts as (
    select * from {{ step('parts') }}
),

clusters_before as (
    select * from {{ clusters_before }}
),

joined_clusters as (
    select
        groups.cluster_number,
        coalesce(parts.joined_cluster_number, groups.joined_cluster_number) as joined_cluster_number
    from groups
    left join parts on groups.cluster_number = parts.cluster_number
)

select
    clusters_before.representative_number,
    coalesce(joined_clusters.joined_cluster_number, clusters_before.cluster_number) as cluster_number
from clusters_before
left join joined_clusters on clusters_before.cluster_number = joined_clusters.cluster_number
union all
-- a record that was in no cluster before
select
    joined_clusters.cluster_number as representative_number,
    joined_clusters.joined_cluster_number as cluster_number
from joined_clusters
left join clusters_before on joined_clusters.cluster_number = clusters_before.representative_number
where clusters_before.representative_number is null
{%- endmacro %}

{# Ties between records as links between their earlier clusters; a record without a cluster is one by itself. #}
{% macro edges_of_ties(ties) -%}
select distinct
    coalesce(clusters_before.cluster_number, ties.representative_number) as cluster_number,
    coalesce(other_clusters.cluster_number, ties.other_representative_number) as linked_cluster_number
from {{ ties }} as ties
left join clusters_before on ties.representative_number = clusters_before.representative_number
left join clusters_before as other_clusters
    on ties.other_representative_number = other_clusters.representative_number
{%- endmacro %}
