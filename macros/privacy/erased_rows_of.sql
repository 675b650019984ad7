{#
  The rows of a table that are a record of an erased customer; that belong to one, or were rejected and name a value
  that only this customer has, and are not dated after the request.
#}
{% macro erased_rows_of(source_table) %}
    {%- set contract = source_contract()[source_table] -%}
    {%- set key, columns, owners = contract.key, contract.columns, contract.belongs_to or [] -%}
    {%- set dated = columns.items()
        | selectattr('1.type', 'equalto', 'timestamp') | selectattr('1.required', 'defined') | map('first') | list -%}
    {%- set happened_at = 'created_at' if 'created_at' in columns else (dated | first) -%}
    {%- set kinds = columns.values() | map(attribute='type') | select('in', ['email', 'phone']) | list -%}
    {%- set ids = ['customer_number', 'anonymous_id'] | select('in', columns) | list -%}
    with {{ cell_formats(source_table) }},

    {{ read_cells(source_table, extra={'row_id': 'delivered.rowid'}) }},

    {{ located_cells(columns) }},

    {% for kind in kinds -%}
    {{ contact_values(kind, 'located_cells') }},

    {% endfor -%}
    {%- if kinds or ids -%}
    -- all values in a row: a cell may contain several emails or phones
    named_values as (
        {%- for kind in kinds %}
        select
            located_cells.row_id,
            '{{ kind }}' as kind,
            {{ plain_contact_value(kind, 'located_cells') }} as value
        from located_cells
        where not {{ is_odd_contact_cell(kind, 'located_cells.' ~ kind ~ '_text') }}
        union all
        select
            located_cells.row_id,
            '{{ kind }}' as kind,
            {{ kind }}_values.value
        from located_cells
        inner join {{ kind }}_values
            on
                located_cells.{{ kind }}_text = {{ kind }}_values.cell
                {%- if kind == 'phone' %}
                and located_cells.phone_country_code = phone_values.country_code
                {%- endif %}
        {{ 'union all' if not loop.last or ids }}
        {%- endfor %}
        {%- for id in ids %}
        select
            row_id,
            '{{ id }}' as kind,
            {{ id }}_text as value
        from located_cells
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ),

    {% endif -%}
    found as (
        select
            row_id,
            cast(null as varchar) as request_hash,
            cast(null as timestamp) as requested_at
        from located_cells
        where false
        {%- if contract.record %}
        union all
        select
            located_cells.row_id,
            records.request_hash,
            cast(null as timestamp) as requested_at
        from located_cells
        inner join privacy.records as records
            on
                located_cells.{{ key[0] }}_text = records.source_record_id
                and records.source_entity = '{{ contract.record.entity }}'
        {%- endif %}
        {%- for owner in owners if owner.table %}
        union all
        {%- if is_always_a_record(owner.table) %}
        select
            located_cells.row_id,
            records.request_hash,
            records.requested_at
        from located_cells
        inner join privacy.records as records
            on
                located_cells.{{ owner.column }}_text = records.source_record_id
                and records.source_entity = '{{ source_contract()[owner.table].record.entity }}'
        {%- else %}
        -- erased with its row, whatever its own date
        select
            located_cells.row_id,
            erased_keys.request_hash,
            cast(null as timestamp) as requested_at
        from privacy.erased_keys as erased_keys
        inner join located_cells
            on
                erased_keys.source_table = '{{ owner.table }}'
                and erased_keys.key = located_cells.{{ owner.column }}_text
        {%- endif %}
        {{ unless_known(owners[:loop.index0]) }}
        {%- endfor %}
        {%- for kind in kinds + ids if kind != key[0] %}
        {%- set ways = owners | map(attribute='column') | list %}
        union all
        select
            located_cells.row_id,
            own_values.request_hash,
            own_values.requested_at
        from named_values
        inner join privacy.own_values as own_values
            on
                own_values.kind = named_values.kind
                and own_values.value = named_values.value
                and own_values.kind = '{{ kind }}'
        inner join located_cells on named_values.row_id = located_cells.row_id
        {%- if kind in ways %}
        {{ unless_known(owners[:ways.index(kind)]) }}
        {%- else %}
        {{ unless_known([{'table': source_table, 'column': key[0]}]) }}
        {%- endif %}
        {%- endfor %}
    )

    select
        '{{ source_table }}' as source_table,
        found.row_id,
        min(found.request_hash) as request_hash
    from found
    {%- if happened_at %}
    {%- set moment = instant('located_cells.' ~ happened_at ~ '_usual') %}
    inner join located_cells on found.row_id = located_cells.row_id
    -- rows dated after the request stay, if that date is possible
    where not coalesce(
        {{ moment }} > found.requested_at and {{ is_possible(moment, columns[happened_at]) }}, false
    )
    {%- endif %}
    group by found.row_id
{% endmacro %}

{# Leaves out the rows that lead to a known row, or to the one customer who has a value, by one of these ways. #}
{% macro unless_known(owners) -%}
    {%- for owner in owners %}
        {%- if owner.table %}
        left join {{ staging_of(owner.table) }} as known_{{ loop.index }}
            on located_cells.{{ owner.column }}_text = known_{{ loop.index }}.{{ source_contract()[owner.table].key[0] }}
        {%- else %}
        left join (
            select distinct named_values.row_id
            from named_values
            inner join privacy.values_of_one as values_of_one
                on
                    values_of_one.kind = named_values.kind
                    and values_of_one.value = named_values.value
                    and values_of_one.kind = '{{ owner.column }}'
        ) as known_{{ loop.index }}
            on located_cells.row_id = known_{{ loop.index }}.row_id
        {%- endif %}
    {%- endfor %}
    {%- for owner in owners %}
        {{ 'where' if loop.first else 'and' }} known_{{ loop.index }}.
        {{- source_contract()[owner.table].key[0] if owner.table else 'row_id' }} is null
    {%- endfor %}
{%- endmacro %}
