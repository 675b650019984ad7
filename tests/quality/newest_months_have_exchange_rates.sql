-- orders that were rejected since the rates end before their month: the seed exchange_rates needs newer rates
{{ config(severity='warn') }}

with latest_rates as (
    select
        upper(trim(from_currency)) as currency_code,
        max(month) as month
    from {{ ref('exchange_rates') }}
    where upper(trim(to_currency)) = upper('{{ var("base_currency") }}')
    group by upper(trim(from_currency))
)

select
    orders.currency_code,
    {{ month_start('orders.order_date') }} as month,
    count(*) as orders
from {{ ref('base_webshop__orders') }} as orders
inner join latest_rates on orders.currency_code = latest_rates.currency_code
where
    orders.reject_reason = 'no_exchange_rate'
    and orders.order_date > latest_rates.month
group by
    orders.currency_code,
    {{ month_start('orders.order_date') }}
