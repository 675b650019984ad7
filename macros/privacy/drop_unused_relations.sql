{#
  Drops the tables and views that no model, seed or source of the project makes, such as those of an earlier version:
  nothing would erase rows of people from them.
#}
{% macro drop_unused_relations() -%}
    {%- set made, schemas = [], [] -%}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed') -%}
        {%- do made.append((node.schema ~ '.' ~ node.alias) | lower) -%}
        {%- if node.config.materialized == 'history_by_month' -%}
            {%- set computed = computed_snapshots_path(node.alias) -%}
            {%- do made.append((computed.schema ~ '.' ~ computed.identifier) | lower) -%}
        {%- endif -%}
        {%- if node.schema not in schemas -%}{%- do schemas.append(node.schema) -%}{%- endif -%}
    {%- endfor -%}
    {%- for source in graph.sources.values() -%}
        {%- do made.append((source.schema ~ '.' ~ source.identifier) | lower) -%}
    {%- endfor -%}
    {%- set unused = [] -%}
    {%- for schema in schemas -%}
        {%- for row in list_relations_without_caching(api.Relation.create(database=target.database, schema=schema)) -%}
            {%- if (schema ~ '.' ~ row['name']) | lower not in made -%}
                {%- do unused.append(schema ~ '.' ~ row['name']) -%}
                {%- do adapter.drop_relation(api.Relation.create(
                    database=target.database, schema=schema, identifier=row['name'], type=row['type']
                )) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if unused -%}
        {#- a hook without SQL does not commit -#}
        {%- do adapter.commit() -%}
        {%- do log('Dropped what this version of klant360 no longer makes: ' ~ unused | join(', '), info=true) -%}
    {%- endif -%}
{%- endmacro %}
