{#
  A table that is worked out in steps, some of which are the connected components of a graph.

  The model calls `{% call clusters_step('name') %} select ... {% endcall %}` for a working table, and
  `{% call components_step('name') %} select ... {% endcall %}` for connected components, to the fixpoint. Later steps,
  and the final select that is the table, read a step as `{{ step('name') }}`.

  The select of a components step gives the edges: cluster_number and linked_cluster_number, in either direction; a
  cluster linked to itself is a cluster without an edge. Its table has a row per cluster: cluster_number, and
  joined_cluster_number, the lowest number in its component.
#}
{% materialization clusters, default %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {#- text, kind, name, text, kind, name, ..., final select -#}
    {%- set parts = modules.re.split(step_pattern(), sql) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}

    {% for index in range(0, parts | length - 1, 3) %}
        {%- set step_sql, kind, name = parts[index], parts[index + 1], parts[index + 2] -%}
        {% if kind == 'components' %}
            {% do create_components(name, step_sql) %}
        {% else %}
            {% do replace_step(name, step_sql) %}
        {% endif %}
    {% endfor %}

    {% if existing_relation is not none %}{% do adapter.drop_relation(existing_relation) %}{% endif %}
    {% call statement('main') -%}
        create table {{ target_relation }} as
        {{ parts[-1] }}
    {%- endcall %}

    {% for index in range(2, parts | length, 3) %}{% do adapter.drop_relation(step(parts[index])) %}{% endfor %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {% do persist_docs(target_relation, model) %}
    {% do adapter.commit() %}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# The working table of a step, beside the model's own. #}
{% macro step(name) -%}
    {{ return(this.incorporate(path={'identifier': this.identifier ~ '__' ~ name}, type='table')) }}
{%- endmacro %}

{% macro clusters_step(name) -%}
    {{ caller() }}
; -- table {{ name }}
{% endmacro %}

{% macro components_step(name) -%}
    {{ caller() }}
; -- components {{ name }}
{% endmacro %}

{# What ends a step in the compiled SQL: its kind and its name. #}
{% macro step_pattern() -%}
    {{ return('; -- (table|components) ([a-z_]+)\n') }}
{%- endmacro %}

{# Replaces a working table; its query may read the table itself. #}
{% macro replace_step(name, query) -%}
    {%- do adapter.drop_relation(step('next')) -%}
    {%- do run_query('create table ' ~ step('next') ~ ' as ' ~ query) -%}
    {%- do adapter.drop_relation(step(name)) -%}
    {%- do run_query('alter table ' ~ step('next') ~ ' rename to ' ~ step(name).identifier) -%}
{%- endmacro %}

{#
  Each round points every cluster to its lowest neighbour, follows those pointers to their ends (pointer jumping), and
  contracts the graph to the ends: chains of any length, stars and diamonds take a few rounds, about the logarithm of
  the longest path (Shiloach and Vishkin 1982, An O(log n) parallel connectivity algorithm).
#}
{% macro create_components(name, edges_sql) -%}
    {%- set components, edges, pointers = step(name), step('edges'), step('pointers') -%}

    {%- set least_neighbours -%}
        select
            cluster_number,
            least(cluster_number, min(linked_cluster_number)) as target
        from (
            select cluster_number, linked_cluster_number from {{ edges }}
            union all
            select linked_cluster_number as cluster_number, cluster_number as linked_cluster_number from {{ edges }}
        ) as links
        group by cluster_number
    {%- endset -%}

    {%- set jumps -%}
        {{ pointers }} as one
        inner join {{ pointers }} as other on one.target = other.cluster_number
    {%- endset -%}

    {%- set first_components -%}
        select
            cast(cluster_number as bigint) as cluster_number,
            cast(target as bigint) as joined_cluster_number
        from {{ pointers }}
    {%- endset -%}

    {%- set next_components -%}
        select
            components.cluster_number,
            coalesce(pointers.target, components.joined_cluster_number) as joined_cluster_number
        from {{ components }} as components
        left join {{ pointers }} as pointers on components.joined_cluster_number = pointers.cluster_number
    {%- endset -%}

    {%- set contracted_edges -%}
        select distinct
            one.target as cluster_number,
            other.target as linked_cluster_number
        from {{ edges }} as edges
        inner join {{ pointers }} as one on edges.cluster_number = one.cluster_number
        inner join {{ pointers }} as other on edges.linked_cluster_number = other.cluster_number
        where one.target <> other.target
    {%- endset -%}

    {%- do replace_step('edges', edges_sql) -%}
    {%- set graph = namespace(is_contracted=false, is_at_ends=false) -%}
    {#- every round at least halves the number of parts that are not joined yet: 64 is never reached -#}
    {%- for round in range(64) if not graph.is_contracted -%}
        {%- do replace_step('pointers', least_neighbours) -%}
        {%- set graph.is_at_ends = false -%}
        {%- for jump in range(64) if not graph.is_at_ends -%}
            {%- set graph.is_at_ends = count_rows(jumps ~ ' where one.target <> other.target') == 0 -%}
            {%- if not graph.is_at_ends -%}
                {%- do replace_step('pointers', 'select one.cluster_number, other.target from ' ~ jumps) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do replace_step(name, first_components if loop.first else next_components) -%}
        {%- do replace_step('edges', contracted_edges) -%}
        {%- set graph.is_contracted = count_rows(edges) == 0 -%}
    {%- endfor -%}
    {%- if not graph.is_contracted -%}
        {{ exceptions.raise_compiler_error('connected components did not reach the fixpoint') }}
    {%- endif -%}
    {%- for relation in (edges, pointers) %}{% do adapter.drop_relation(relation) %}{% endfor -%}
{%- endmacro %}

{% macro count_rows(from_clause) -%}
    {{ return(run_query('select count(*) from ' ~ from_clause)[0][0]) }}
{%- endmacro %}
