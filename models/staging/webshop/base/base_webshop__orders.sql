{%- set refund = source_contract()['webshop.orders'].columns.refunded_amount -%}
with
{{ read_source('webshop.orders') }},

rates as (
    select
        month,
        upper(trim(from_currency)) as from_currency,
        rate
    from {{ ref('exchange_rates') }}
    where upper(trim(to_currency)) = upper('{{ var("base_currency") }}')
),

guest_cells as (
    select distinct
        email_text,
        phone_text,
        phone_country_code,
        plain_phone
    from located_contact_cells
    where {{ read_value('account_id_text', source_contract()['webshop.orders'].columns.account_id) }} is null
),

guests as (
    select distinct
        {{ contact_value('email', 'guest_cells') }} as email,
        {{ contact_value('phone', 'guest_cells') }} as phone
    from guest_cells
    {{ join_contact_values('email', 'guest_cells') | indent(4) }}
    {{ join_contact_values('phone', 'guest_cells') | indent(4) }}
),

known_guests as (
    select
        coalesce(email, '') as email,
        coalesce(phone, '') as phone
    from guests
    where
        (email is not null and not {{ is_blocklisted("'email'", 'guests.email') }})
        or (phone is not null and not {{ is_blocklisted("'phone'", 'guests.phone') }})
),

dated_rows as {{ inlined() }} (
    select
        *,
        {{ local_date('ordered_at') }} as order_date,
        case
            when refunded_amount_text is null then total_amount
            else try_cast(total_amount - {{ possible_value('refunded_amount', refund) }} as decimal(18, 4))
        end as original_net_amount,
        currency_code_text is null or currency_code = upper('{{ var("base_currency") }}') as is_base_currency
    from read_rows
),

converted_rows as {{ inlined() }} (
    select
        dated_rows.*,
        case
            when dated_rows.is_base_currency then dated_rows.original_net_amount
            else {{ converted_money('dated_rows.original_net_amount', 'rates.rate') }}
        end as net_amount,
        dated_rows.account_id is null and known_guests.email is null as is_of_nobody
    from dated_rows
    left join rates
        on
            dated_rows.currency_code = rates.from_currency
            and cast(date_trunc('month', dated_rows.order_date) as date) = rates.month
    left join known_guests
        on
            coalesce(dated_rows.email, '') = known_guests.email
            and coalesce(dated_rows.phone, '') = known_guests.phone
),

{{ judge_rows(
    'webshop.orders',
    from_cte='converted_rows',
    added_columns=['order_date', 'net_amount'],
    rejections=[
        {'reason': 'no_customer', 'column': 'account_id', 'condition': 'is_of_nobody'},
        {'reason': 'no_exchange_rate', 'column': 'currency_code', 'condition': 'net_amount is null'},
    ]
) }}
