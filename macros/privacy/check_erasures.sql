{#
  Stops a build on a server while rows of people who asked to be erased are in its source tables, which only their loader
  may change: `klant360 erase --target spark` lists those rows. When they are gone, records the results of the requests.
#}
{% macro check_erasures() -%}
    {%- set listed = table_on_server('staging', 'rows_to_erase') -%}
    {%- set problems = [] -%}
    {%- if load_relation(listed) is not none -%}
        {%- for row in run_query('select distinct source_table from ' ~ listed ~ ' order by source_table').rows -%}
            {%- set remaining = run_query(
                'select count(*) from ' ~ row[0] ~ ' where ' ~ listed_row_hash(source_contract()[row[0]].columns, id_salt())
                ~ ' in (select row_hash from ' ~ listed ~ " where source_table = '" ~ row[0] ~ "')"
            )[0][0] -%}
            {%- if remaining -%}
                {%- do problems.append(
                    row[0] ~ ' still has ' ~ remaining ~ ' of the rows that `klant360 erase` listed: delete them.'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set requests = run_query('select count(*) from crm.erasure_requests')[0][0] -%}
    {%- if requests and not problems -%}
        {%- do problems.append(
            'crm.erasure_requests has ' ~ requests ~ ' rows. A build here erases nobody: run `klant360 erase --target '
            ~ target.name ~ '`, which lists the rows to delete, and delete them.'
        ) -%}
    {%- endif -%}
    {%- if problems -%}
        {%- do exceptions.raise_compiler_error('The build cannot start:\n- ' ~ problems | join('\n- ')) -%}
    {%- endif -%}
    {%- if load_relation(table_on_server('staging', 'erasure_results__next')) is not none -%}
        {{ record_erasures() }}
    {%- endif -%}
{%- endmacro %}

{# The results that `klant360 erase` left become those of this warehouse, and no id leads to the erased records. #}
{% macro record_erasures() -%}
    {%- set records = table_on_server('staging', 'records_to_erase') -%}
    {%- set known = table_on_server('intermediate', 'int_identity__known_records') -%}
    {%- if load_relation(known) is not none -%}
        {%- set kept = make_intermediate_relation(known) -%}
        {%- do adapter.drop_relation(kept) -%}
        {%- set is_listed = 'in (select record_key from ' ~ records ~ ')' -%}
        {%- do run_query(
            'create table ' ~ kept ~ ' using parquet as select * from ' ~ known
            ~ ' where not (record_key ' ~ is_listed ~ ' or oldest_record_key ' ~ is_listed ~ ')'
        ) -%}
        {%- do adapter.drop_relation(known) -%}
        {%- do adapter.rename_relation(kept, known) -%}
    {%- endif -%}
    {#- the results last: until they are there, a build that was killed does this again -#}
    {%- for name in ('erased_rows', 'erasure_results') -%}
        {%- set recorded, fresh = table_on_server('staging', name), table_on_server('staging', name ~ '__next') -%}
        {%- if load_relation(fresh) is not none -%}
            {%- do adapter.drop_relation(recorded) -%}
            {%- do adapter.rename_relation(fresh, recorded) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do adapter.drop_relation(records) -%}
{%- endmacro %}

{% macro table_on_server(schema, name) -%}
    {{ return(api.Relation.create(schema=schema, identifier=name, type='table')) }}
{%- endmacro %}
