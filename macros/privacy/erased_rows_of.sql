{#
  The rows of a table that are a record of an erased customer; that refer to one, or were rejected and name a value
  of that customer alone, and are not dated after the request.
#}
{% macro erased_rows_of(source_table) %}
    {%- set contract = source_contract()[source_table] -%}
    {%- set system, name = source_table.split('.') -%}
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
    with handed_in as (
        select
            rowid as row_id,
            {%- for column in columns %}
            {{ trimmed(column) }} as {{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from {{ source(system, name) }}
    ),

    default_country as (
        select * from {{ ref('countries') }}
        where country_code = upper('{{ var("default_country") }}')
    ),

    found as (
        select
            row_id,
            cast(null as varchar) as request_hash,
            cast(null as timestamp) as requested_at
        from handed_in
        where false
        {%- if source_table in entities %}
        union all
        select
            handed_in.row_id,
            records.request_hash,
            cast(null as timestamp) as requested_at
        from handed_in
        inner join privacy.records as records
            on
                handed_in.{{ key[0] }} = records.source_record_id
                and records.source_entity = '{{ entities[source_table] }}'
        {%- endif %}
        {%- if source_table in owners %}
        union all
        select
            handed_in.row_id,
            records.request_hash,
            records.requested_at
        from handed_in
        inner join privacy.records as records
            on
                handed_in.{{ owners[source_table][0] }} = records.source_record_id
                and records.source_entity = '{{ owners[source_table][1] }}'
        {%- endif %}
        {%- if source_table == 'webshop.order_lines' %}
        union all
        select
            handed_in.row_id,
            erased_rows.request_hash,
            cast(null as timestamp) as requested_at
        from privacy.rows as erased_rows
        inner join {{ source('webshop', 'orders') }} as orders
            on erased_rows.row_id = orders.rowid and erased_rows.source_table = 'webshop.orders'
        inner join handed_in on handed_in.order_id = {{ trimmed('orders.order_id') }}
        {%- endif %}
        {%- for kind in ['email', 'phone', 'customer_number']
            if kind in columns and kind != key[0] %}
        union all
        select
            handed_in.row_id,
            own_values.request_hash,
            own_values.requested_at
        from handed_in
        cross join default_country
        inner join privacy.own_values as own_values
            on
                own_values.kind = '{{ kind }}'
                and own_values.value = {{
                    normalised_email('handed_in.email') if kind == 'email'
                    else normalised_phone('handed_in.phone', 'default_country') if kind == 'phone'
                    else 'handed_in.customer_number'
                }}
        {%- if source_table == 'webshop.sessions' %}
        -- of a known account it is that account's customer whose session it is
        left join {{ ref('stg_webshop__accounts') }} as accounts on handed_in.account_id = accounts.account_id
        where accounts.account_id is null
        {%- elif kind != owners.get(source_table, ('',))[0] %}
        left join {{ ref('stg_' ~ source_table | replace('.', '__')) }} as accepted
            on handed_in.{{ key[0] }} = accepted.{{ key[0] }}
        where accepted.{{ key[0] }} is null
        {%- endif %}
        {%- endfor %}
    )

    select
        '{{ source_table }}' as source_table,
        found.row_id,
        min(found.request_hash) as request_hash
    from found
    {%- if happened_at %}
    {%- set moment = read_timestamp('handed_in.' ~ happened_at) %}
    inner join handed_in on found.row_id = handed_in.row_id
    -- what stays came later, at a moment that can be
    where not coalesce(
        {{ moment }} > found.requested_at and {{ is_possible(moment, columns[happened_at]) }}, false
    )
    {%- endif %}
    group by found.row_id
{% endmacro %}
