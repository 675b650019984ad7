{#
  SQL for the latest event in the accepted rows of the source table at hand, for `dbt source freshness`. A table without
  one, such as one that was not delivered, counts as fresh: nothing says that it should have rows.
#}
{% macro latest_event() -%}
    {%- set source_table = model.source_name ~ '.' ~ model.name -%}
    {#- a source cannot refer to models -#}
    {%- set base = this.incorporate(path={'schema': 'staging', 'identifier': 'base_' ~ source_table | replace('.', '__')}) -%}
    select
        coalesce(
            max({{ event_column(source_contract()[source_table]) }}) filter (where reject_reason is null),
            cast({{ dbt.current_timestamp() }} as timestamp)
        ) as latest_event_at
    from {{ base }}
{%- endmacro %}
