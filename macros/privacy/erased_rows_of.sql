{#
  The rows of a table that are a record of an erased customer; that refer to one, or were rejected and name a value
  of that customer alone, and are not dated after the request.
#}
{% macro erased_rows_of(source_table) %}
    {%- set contract = source_contract()[source_table] -%}
    {%- set key, columns = contract.key, contract.columns -%}
    {%- set entities = {
        'crm.customers': 'customer', 'webshop.accounts': 'account', 'webshop.orders': 'guest_order',
        'service_desk.contacts': 'contact',
    } -%}
    {%- set owners = {
        'crm.campaign_contacts': ('customer_number', 'customer'), 'webshop.orders': ('account_id', 'account'),
        'webshop.sessions': ('account_id', 'account'), 'service_desk.tickets': ('contact_id', 'contact'),
        'service_desk.survey_invitations': ('contact_id', 'contact'),
        'service_desk.survey_responses': ('contact_id', 'contact'),
    } -%}
    {%- set dated = columns.items()
        | selectattr('1.type', 'equalto', 'timestamp') | selectattr('1.required', 'defined') | map('first') | list -%}
    {%- set happened_at = 'created_at' if 'created_at' in columns else (dated | first) -%}
    {%- set kinds = columns.values() | map(attribute='type') | select('in', ['email', 'phone']) | list -%}
    with {{ cell_formats(source_table) }},

    {{ read_cells(source_table, extra={'row_id': 'delivered.rowid'}) }},

    {{ located_cells(columns) }},

    {% for kind in kinds -%}
    {{ contact_values(kind, 'located_cells') }},

    {% endfor -%}
    {%- if kinds or 'customer_number' in columns -%}
    -- all that a row names: a cell may hold several emails or phones
    named_values as (
        {%- for kind in kinds %}
        select
            located_cells.row_id,
            '{{ kind }}' as kind,
            {{ plain_contact_value(kind, 'located_cells') }} as value
        from located_cells
        {%- if kind == 'phone' %}
        left join {{ ref('countries') }} as phone_countries
            on located_cells.phone_country_code = phone_countries.country_code
        {%- endif %}
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
        {{ 'union all' if not loop.last or 'customer_number' in columns }}
        {%- endfor %}
        {%- if 'customer_number' in columns %}
        select
            row_id,
            'customer_number' as kind,
            customer_number_text as value
        from located_cells
        {%- endif %}
    ),

    {% endif -%}
    found as (
        select
            row_id,
            cast(null as varchar) as request_hash,
            cast(null as timestamp) as requested_at
        from located_cells
        where false
        {%- if source_table in entities %}
        union all
        select
            located_cells.row_id,
            records.request_hash,
            cast(null as timestamp) as requested_at
        from located_cells
        inner join privacy.records as records
            on
                located_cells.{{ key[0] }}_text = records.source_record_id
                and records.source_entity = '{{ entities[source_table] }}'
        {%- endif %}
        {%- if source_table in owners %}
        union all
        select
            located_cells.row_id,
            records.request_hash,
            records.requested_at
        from located_cells
        inner join privacy.records as records
            on
                located_cells.{{ owners[source_table][0] }}_text = records.source_record_id
                and records.source_entity = '{{ owners[source_table][1] }}'
        {%- endif %}
        {%- if source_table == 'webshop.order_lines' %}
        union all
        select
            located_cells.row_id,
            erased_orders.request_hash,
            cast(null as timestamp) as requested_at
        from privacy.orders as erased_orders
        inner join located_cells on erased_orders.order_id = located_cells.order_id_text
        {%- endif %}
        {%- for kind in ['email', 'phone', 'customer_number']
            if kind in columns and kind != key[0] %}
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
        inner join located_cells on named_values.row_id = located_cells.row_id
        {%- if source_table == 'webshop.sessions' %}
        -- of a known account it is that account's customer whose session it is
        left join {{ ref('stg_webshop__accounts') }} as accounts on located_cells.account_id_text = accounts.account_id
        {%- elif kind != owners.get(source_table, ('',))[0] %}
        left join {{ ref('stg_' ~ source_table | replace('.', '__')) }} as accepted
            on located_cells.{{ key[0] }}_text = accepted.{{ key[0] }}
        {%- endif %}
        where
            named_values.kind = '{{ kind }}'
            {%- if source_table == 'webshop.sessions' %}
            and accounts.account_id is null
            {%- elif kind != owners.get(source_table, ('',))[0] %}
            and accepted.{{ key[0] }} is null
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
    -- what stays came later, at a moment that can be
    where not coalesce(
        {{ moment }} > found.requested_at and {{ is_possible(moment, columns[happened_at]) }}, false
    )
    {%- endif %}
    group by found.row_id
{% endmacro %}
