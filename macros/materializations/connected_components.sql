{#
  A table with the connected component of every node of a graph, to the fixpoint.
  The model selects the edges (node, neighbour: numbers, in either direction, loops allowed); the table has a
  row per node: node, component = the lowest number in its component.

  Each round takes every node to its least neighbour, follows those pointers to their ends (pointer jumping),
  and contracts the graph to the ends: chains of any length, stars and diamonds are done in a few rounds,
  about the logarithm of the longest path (Shiloach and Vishkin 1982, An O(log n) parallel connectivity algorithm).
#}
{% materialization connected_components, default %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set edges = components_relation('edges') -%}
    {%- set labels = components_relation('labels') -%}
    {%- set pointers = components_relation('pointers') -%}
    {%- set next = components_relation('next') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}

    {% do components_replace(edges, sql) %}
    {% do components_replace(edges, 'select node, neighbour from ' ~ edges
        ~ ' union select neighbour as node, node as neighbour from ' ~ edges, via=next) %}
    {% do components_replace(labels, 'select distinct node, node as component from ' ~ edges) %}
    {% do components_replace(edges, 'select * from ' ~ edges ~ ' where node <> neighbour', via=next) %}

    {# Every round at least halves the number of parts that are still apart; 64 is never reached. #}
    {% for round in range(64) if components_count(edges) > 0 %}
        {% do components_replace(pointers, 'select node, least(node, min(neighbour)) as target from ' ~ edges ~ ' group by node') %}
        {% for jump in range(64) if components_count(pointers ~ ' as a inner join ' ~ pointers
            ~ ' as b on a.target = b.node where a.target <> b.target') > 0 %}
            {% do components_replace(pointers, 'select a.node, b.target from ' ~ pointers ~ ' as a inner join ' ~ pointers
                ~ ' as b on a.target = b.node', via=next) %}
        {% endfor %}
        {% do components_replace(labels, 'select labels.node, coalesce(pointers.target, labels.component) as component from '
            ~ labels ~ ' as labels left join ' ~ pointers ~ ' as pointers on labels.component = pointers.node', via=next) %}
        {% do components_replace(edges, 'select distinct a.target as node, b.target as neighbour from ' ~ edges ~ ' as edges'
            ~ ' inner join ' ~ pointers ~ ' as a on edges.node = a.node'
            ~ ' inner join ' ~ pointers ~ ' as b on edges.neighbour = b.node where a.target <> b.target', via=next) %}
    {% endfor %}
    {% if components_count(edges) > 0 %}
        {{ exceptions.raise_compiler_error('connected components did not reach the fixpoint') }}
    {% endif %}

    {% if existing_relation is not none %}{% do adapter.drop_relation(existing_relation) %}{% endif %}
    {% call statement('main') -%}
        create table {{ target_relation }} as
        select
            cast(node as bigint) as node,
            cast(component as bigint) as component
        from {{ labels }}
    {%- endcall %}

    {% for relation in (edges, labels, pointers, next) %}{% do adapter.drop_relation(relation) %}{% endfor %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {% do persist_docs(target_relation, model) %}
    {% do adapter.commit() %}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{# A working table beside the model's own. #}
{% macro components_relation(part) -%}
    {{ return(this.incorporate(path={'identifier': this.identifier ~ '__' ~ part}, type='table')) }}
{%- endmacro %}

{# Makes the relation anew; `via` another one when the query reads the relation itself. #}
{% macro components_replace(relation, query, via=none) -%}
    {%- if via is not none -%}
        {%- do adapter.drop_relation(via) -%}
        {%- do run_query('create table ' ~ via ~ ' as ' ~ query) -%}
        {%- do adapter.drop_relation(relation) -%}
        {%- do run_query('alter table ' ~ via ~ ' rename to ' ~ relation.identifier) -%}
    {%- else -%}
        {%- do adapter.drop_relation(relation) -%}
        {%- do run_query('create table ' ~ relation ~ ' as ' ~ query) -%}
    {%- endif -%}
{%- endmacro %}

{% macro components_count(from_clause) -%}
    {{ return(run_query('select count(*) from ' ~ from_clause)[0][0]) }}
{%- endmacro %}
