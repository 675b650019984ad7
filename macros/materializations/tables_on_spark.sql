{#
  Tables on Spark. Parquet tables cannot be replaced in place, and dbt-spark drops the old one first: a model could not
  read the table that it replaces, and a failed build would leave nothing. Here the new table is built beside the old
  one and then takes its name. These are two statements: a reader who comes between them finds no table.

  dbt-spark writes no comments on the columns of Parquet tables, and altering them takes a statement per column. A
  mart is therefore created with its columns, types and comments, and then filled.
#}
{% materialization table, adapter='spark', supported_languages=['sql', 'python'] %}
    {%- set new_relation = new_table_on_spark() -%}
    {% if model.language == 'python' %}
        {# dbt submits Python from a materialization only, not from a macro #}
        {% call statement('main', language='python') -%}
            {{ python_model_into(new_relation) }}
        {%- endcall %}
    {% else %}
        {% do fill_table_on_spark(new_relation) %}
    {% endif %}
    {{ return({'relations': [replaced_table_on_spark(new_relation)]}) }}
{% endmaterialization %}

{# Spark computes all months in one statement: docs/spark.md says what that costs. #}
{% materialization history_by_month, adapter='spark' %}
    {%- set new_relation = new_table_on_spark() -%}
    {% do fill_table_on_spark(new_relation) %}
    {{ return({'relations': [replaced_table_on_spark(new_relation)]}) }}
{% endmaterialization %}

{# Whether the yml has the type of every column; dbt has no contracts for Python models. #}
{% macro has_typed_columns() -%}
    {{ return(config.get('contract').enforced or model.language == 'python') }}
{%- endmacro %}

{# The table to fill; it exists already, without rows, if its columns are known. #}
{% macro new_table_on_spark() -%}
    {%- set new_relation = make_intermediate_relation(this.incorporate(type='table')) -%}
    {{ run_hooks(pre_hooks) }}
    {%- do adapter.drop_relation(new_relation) -%}
    {%- if has_typed_columns() -%}
        {%- do run_query(create_table_with_comments(new_relation)) -%}
    {%- endif -%}
    {{ return(new_relation) }}
{%- endmacro %}

{% macro fill_table_on_spark(relation) -%}
    {%- if config.get('contract').enforced -%}
        {%- do get_assert_columns_equivalent(sql) -%}
        {%- call statement('main') -%}
            insert into {{ relation }} ({{ model.columns.keys() | join(', ') }})
            {{ get_select_subquery(sql) }}
        {%- endcall -%}
    {%- else -%}
        {%- call statement('main') -%}
            {{ create_table_as(False, relation, sql) }}
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}

{% macro replaced_table_on_spark(new_relation) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- if existing_relation is not none -%}{%- do adapter.drop_relation(existing_relation) -%}{%- endif -%}
    {%- do adapter.rename_relation(new_relation, target_relation) -%}
    {{ run_hooks(post_hooks) }}
    {{ return(target_relation) }}
{%- endmacro %}

{% macro create_table_with_comments(relation) -%}
    create table {{ relation }} (
        {%- for column in model.columns.values() %}
        {{ column.name }} {{ column.data_type }} {{ comment_on(column) }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
    {{ file_format_clause() }}
    {{ location_clause() }}
    {{ comment_clause() }}
{%- endmacro %}

{% macro comment_on(column) -%}
    {%- if column.description %}comment '{{ column.description | trim | replace('\\', '\\\\') | replace("'", "\\'") }}'{% endif -%}
{%- endmacro %}

{#
  The code of a Python model, and what writes its Arrow table; `spark` is the session that runs it. The types come from
  the table: Spark does not take those of an Arrow table without rows.
#}
{% macro python_model_into(relation) -%}
{{ compiled_code }}

target = spark.table("{{ relation }}")
rows = model(dbtObj(spark.table), spark).select(target.columns)
spark.createDataFrame(rows, schema=target.schema).write.insertInto("{{ relation }}")
{%- endmacro %}

{# As dbt-spark's, with comments on the columns. #}
{% macro spark__create_csv_table(model, agate_table) %}
    {%- set types = model.config.get('column_types', {}) -%}
    {%- set statement_sql -%}
        create table {{ this }} (
            {%- for name in agate_table.column_names %}
            {{ name }} {{ types.get(name, adapter.convert_type(agate_table, loop.index0)) }}
            {{ comment_on(model.columns[name]) if name in model.columns }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
        {{ file_format_clause() }}
        {{ location_clause() }}
        {{ comment_clause() }}
    {%- endset -%}
    {% call statement('_') %}{{ statement_sql }}{% endcall %}
    {{ return(statement_sql) }}
{% endmacro %}

{#
  A build that was killed after it dropped a table, and before the new one had its name, left only the new one: it takes
  its place, since `int_identity__known_records` reads its own last state.
#}
{% macro restore_replaced_tables() -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized != 'view' -%}
        {%- set relation = table_on_server(node.schema, node.alias) -%}
        {%- set new_relation = make_intermediate_relation(relation) -%}
        {%- if load_relation(relation) is none and load_relation(new_relation) is not none -%}
            {%- do adapter.rename_relation(new_relation, relation) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
