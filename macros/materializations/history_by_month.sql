{#
  A table whose rows belong to snapshot dates: it is filled by one statement per snapshot date, and only for
  snapshots that may have changed: those whose fingerprint differs from the one that they were computed with.
  The model selects the snapshot that `is_snapshot_in_hand` lets through. Its meta names the model with the
  `fingerprints`; or, if it reads such a history snapshot by snapshot, that history as `snapshots_of`, and then uses the
  fingerprints that those snapshots were computed with.

  A table beside it lists the computed snapshots, each with its fingerprint and number of rows.
  The hash of the model's own SQL (with all that it inlines, and its contract) is part of that fingerprint, so a
  changed rule recomputes all snapshots. Both tables change in one transaction: a failed or killed run leaves them as
  they were. When no snapshot is valid, all are computed into a new table, one transaction each, which then replaces the
  old one: a transaction keeps in memory what it adds. `--empty` keeps the history; `--full-refresh` drops it.
#}
{% materialization history_by_month, adapter='duckdb' %}
    {%- set history = this.incorporate(type='table') -%}
    {%- set new_history = make_intermediate_relation(history) -%}
    {%- set computed = computed_snapshots(this) -%}
    {%- set followed = model.config.meta.get('snapshots_of') -%}
    {%- set source = computed_snapshots(ref(followed)) if followed else ref(model.config.meta.fingerprints) -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set has_history = existing_relation is not none and existing_relation.is_table -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}

    {% if flags.EMPTY and has_history %}
        {% call noop_statement('main', message='KEPT', code='KEPT') %}{% endcall %}
    {% else %}
        {% do adapter.create_schema(computed) %}
        {%- set fingerprints = this.identifier ~ '__fingerprints' -%}
        {% do run_query('create or replace temporary table ' ~ fingerprints ~ ' as select snapshot_date,'
            ~ " fingerprint || ' " ~ local_md5(sql ~ get_table_columns_and_constraints()) ~ "' as fingerprint"
            ~ ' from ' ~ source) %}
        {% set snapshot_dates = run_query('select snapshot_date from ' ~ fingerprints ~ ' order by snapshot_date').columns[0].values() %}

        {# A snapshot with missing rows is not valid. #}
        {% set holding = [] %}
        {% if has_history and load_relation(computed) is not none and not should_full_refresh() %}
            {% do holding.extend(run_query('select computed.snapshot_date from ' ~ computed ~ ' as computed'
                ~ ' inner join ' ~ fingerprints ~ ' as fingerprints on computed.snapshot_date = fingerprints.snapshot_date'
                ~ ' and computed.fingerprint = fingerprints.fingerprint'
                ~ ' inner join (select snapshot_date, count(*) as customers from ' ~ history ~ ' group by snapshot_date)'
                ~ ' as history on computed.snapshot_date = history.snapshot_date'
                ~ ' and computed.customers = history.customers').columns[0].values()) %}
        {% endif %}

        {% if holding %}
            {% do adapter.ensure_transaction() %}
            {% for relation in (history, computed) %}
                {% do run_query('delete from ' ~ relation ~ " where snapshot_date not in ('" ~ holding | join("', '") ~ "')") %}
            {% endfor %}
        {% else %}
            {% do adapter.drop_relation(new_history) %}
            {% do run_query(create_table_as(False, new_history, get_empty_subquery_sql(sql))) %}
        {% endif %}

        {% for snapshot_date in snapshot_dates if snapshot_date not in holding %}
            {% do run_query("set variable klant360_snapshot_date = date '" ~ snapshot_date ~ "'") %}
            {% do run_query('insert into ' ~ (history if holding else new_history) ~ ' ' ~ get_column_names() ~ ' ' ~ sql) %}
        {% endfor %}
        {% do run_query('reset variable klant360_snapshot_date') %}

        {% if not holding %}
            {% do adapter.ensure_transaction() %}
            {% if existing_relation is not none %}{% do adapter.drop_relation(existing_relation) %}{% endif %}
            {% do adapter.rename_relation(new_history, history) %}
            {% do run_query('create or replace table ' ~ computed ~ ' (snapshot_date date, fingerprint varchar, customers bigint)') %}
        {% endif %}
        {% call statement('main') -%}
            insert into {{ computed }}
            select
                fingerprints.snapshot_date,
                fingerprints.fingerprint,
                count(*) as customers
            from {{ fingerprints }} as fingerprints
            inner join {{ history }} as history on fingerprints.snapshot_date = history.snapshot_date
            where fingerprints.snapshot_date not in (select snapshot_date from {{ computed }})
            group by
                fingerprints.snapshot_date,
                fingerprints.fingerprint
        {%- endcall %}
        {% do run_query('drop table ' ~ fingerprints) %}
    {% endif %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(history, model) %}
    {% do adapter.commit() %}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [history]}) }}
{% endmaterialization %}

{# The table that lists the computed snapshots of a history, with their fingerprints. #}
{% macro computed_snapshots(history) -%}
    {{ return(history.incorporate(type='table', path=computed_snapshots_path(history.identifier))) }}
{%- endmacro %}

{% macro computed_snapshots_path(identifier) -%}
    {{ return({'schema': 'intermediate', 'identifier': identifier ~ '__computed'}) }}
{%- endmacro %}

{#
  Whether a snapshot date is the one that is being computed. Where the history is one statement, all of them are.
#}
{% macro is_snapshot_in_hand(snapshot_date) -%}
    {{ adapter.dispatch('is_snapshot_in_hand', 'klant360')(snapshot_date) }}
{%- endmacro %}

{% macro default__is_snapshot_in_hand(snapshot_date) -%}
    {{ snapshot_date }} = cast(getvariable('klant360_snapshot_date') as date)
{%- endmacro %}

{% macro spark__is_snapshot_in_hand(snapshot_date) -%}
    true
{%- endmacro %}
