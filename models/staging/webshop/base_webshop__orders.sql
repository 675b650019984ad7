{%- set refund = source_contract()['webshop.orders'].columns.refunded_amount -%}
with
{{ read_source('webshop.orders') }},

default_country as (
    select * from {{ ref('countries') }}
    where country_code = upper('{{ var("default_country") }}')
),

rates as (
    select
        month,
        upper(trim(from_currency)) as from_currency,
        rate
    from {{ ref('exchange_rates') }}
    where upper(trim(to_currency)) = upper('{{ var("base_currency") }}')
),

guests as (
    select distinct
        coalesce({{ trimmed('orders.email') }}, '') as email,
        coalesce({{ trimmed('orders.phone') }}, '') as phone
    from {{ source('webshop', 'orders') }} as orders
    where {{ trimmed('orders.account_id') }} is null
),

normalised_guests as (
    select
        guests.email,
        guests.phone,
        {{ normalised_email('guests.email') }} as normalised_email,
        {{ normalised_phone('guests.phone', 'default_country') }} as normalised_phone
    from guests
    cross join default_country
),

known_guests as (
    select
        email,
        phone
    from normalised_guests
    where
        (normalised_email is not null and not {{ is_blocklisted("'email'", 'normalised_guests.normalised_email') }})
        or (normalised_phone is not null and not {{ is_blocklisted("'phone'", 'normalised_guests.normalised_phone') }})
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
