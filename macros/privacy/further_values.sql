{#
  The emails and phones of customers beside those that they are recognised by: the others of a cell with several.
  CTEs that end in `further_values`: kind, value, customer_id.
#}
{% macro further_values() -%}
    {%- set default_country = "upper('" ~ var('default_country') ~ "')" -%}
    {%- set country = 'coalesce(country_code, ' ~ default_country ~ ')' -%}
    {%- set entities = [
        ('customer', 'customer_number', 'crm.customers', country),
        ('account', 'account_id', 'webshop.accounts', country),
        ('contact', 'contact_id', 'service_desk.contacts', default_country),
        ('implied account', 'account_id', 'webshop.orders', default_country),
        ('guest_order', 'order_id', 'webshop.orders', default_country),
    ] -%}
    cells as (
        {%- for entity, key, source_table, phone_country in entities %}
        select
            '{{ entity | replace('implied ', '') }}' as source_entity,
            {{ key }} as source_record_id,
            ignored_email as email_text,
            ignored_phone as phone_text,
            {{ phone_country }} as phone_country_code
        from {{ base_of(source_table) }}
        where
            reject_reason is null
            and coalesce(ignored_email, ignored_phone) is not null
            {%- if entity == 'guest_order' %}
            and account_id is null
            {%- elif entity == 'implied account' %}
            and account_id in (select account_id from {{ ref('stg_webshop__accounts') }} where is_implied)
            {%- endif %}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ),

    -- an order's email and phone tell of its account only where that has no row of its own
    cells_of_records as (
        select
            cells.email_text,
            cells.phone_text,
            cells.phone_country_code,
            record_customers.customer_id
        from cells
        inner join {{ ref('int_identity__record_customers') }} as record_customers
            on
                cells.source_entity = record_customers.source_entity
                and cells.source_record_id = record_customers.source_record_id
    ),

    {{ contact_values('email', 'cells_of_records') }},

    {{ contact_values('phone', 'cells_of_records') }},

    further_values as (
        {%- for kind in ['email', 'phone'] %}
        select
            '{{ kind }}' as kind,
            {{ kind }}_values.value,
            cells_of_records.customer_id
        from cells_of_records
        inner join {{ kind }}_values on cells_of_records.{{ kind }}_text = {{ kind }}_values.cell
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}
