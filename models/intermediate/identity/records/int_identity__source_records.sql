with accounts as (
    select * from {{ ref('stg_webshop__accounts') }}
),

orders as (
    select * from {{ ref('stg_webshop__orders') }}
),

orders_of_implied_accounts as (
    select
        accounts.account_id,
        orders.ordered_at,
        orders.email,
        orders.phone,
        row_number() over (partition by accounts.account_id order by orders.ordered_at, orders.order_id) as order_number
    from accounts
    inner join orders on accounts.account_id = orders.account_id
    where accounts.is_implied
),

-- an account without a row of its own has the email and phone of its latest order
implied_accounts as (
    select
        account_id,
        min(ordered_at) as created_at,
        max(ordered_at) as updated_at,
        max_by(email, order_number) filter (where email is not null) as email,
        max_by(phone, order_number) filter (where phone is not null) as phone
    from orders_of_implied_accounts
    group by account_id
),

source_records as (
    {%- set texts = [
        'first_name', 'last_name', 'email', 'phone', 'gender', 'street', 'house_number', 'postal_code', 'city',
        'country_code', 'customer_number',
    ] %}
    {%- for entity, source_table in record_tables().items() %}
    {%- set contract = source_contract()[source_table] %}
    {%- set record, columns = contract.record, contract.columns %}
    select
        '{{ source_table.split('.')[0] }}' as source_system,
        '{{ entity }}' as source_entity,
        {{ contract.key[0] }} as source_record_id,
        {%- for moment in ['created_at', 'updated_at'] %}
        {%- set column = record[moment] or moment %}
        {{ column if column in columns else 'cast(null as timestamp)' }} as {{ moment }},
        {%- endfor %}
        {%- for column in texts %}
        {{ column if column in columns else 'cast(null as string)' }} as {{ column }},
        {%- endfor %}
        {{ 'birth_date' if 'birth_date' in columns else 'cast(null as date)' }} as birth_date
    from {{ staging_of(source_table) }}
    {%- if record.condition %}
    where {{ record.condition }}
    {%- elif source_table == 'webshop.accounts' %}
    where not is_implied
    {%- endif %}
    union all
    {%- endfor %}
    select
        'webshop' as source_system,
        'account' as source_entity,
        account_id as source_record_id,
        created_at,
        updated_at,
        {%- for column in texts %}
        {{ column if column in ('email', 'phone') else 'cast(null as string)' }} as {{ column }},
        {%- endfor %}
        cast(null as date) as birth_date
    from implied_accounts
)

select
    source_system || '/' || source_entity || '/' || source_record_id as record_key,
    source_system,
    source_entity,
    source_record_id,
    -- the oldest record of a customer has the lowest number
    row_number() over (
        order by created_at asc nulls last, source_system, source_entity, source_record_id
    ) as record_number,
    created_at,
    updated_at,
    first_name,
    last_name,
    email,
    phone,
    birth_date,
    gender,
    street,
    house_number,
    postal_code,
    city,
    country_code,
    customer_number
from source_records
