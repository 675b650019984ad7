with months as (
    select * from {{ ref('int_revenue__months') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

compared as (
    select
        months.month,
        months.net_revenue,
        months.purchase_revenue,
        months.purchases,
        months.active_customers,
        months.new_revenue,
        months.reactivated_revenue,
        previous_months.net_revenue as previous_net_revenue,
        {{ revenue_effects('months', 'previous_months') | indent(8) }},
        years_before.net_revenue as yearly_previous_net_revenue,
        {{ revenue_effects('months', 'years_before', 'yearly_') | indent(8) }}
    from months
    inner join months as previous_months on months.month = {{ months_later('previous_months.month', 1) }}
    left join months as years_before on months.month = {{ months_later('years_before.month', 12) }}
)

select
    compared.month,
    compared.net_revenue,
    compared.purchase_revenue,
    compared.previous_net_revenue,
    compared.active_customers,
    {{ ratio('compared.purchases', 'compared.active_customers') }} as orders_per_customer,
    {{ divided_money('compared.purchase_revenue', 'compared.purchases') }} as average_order_value,
    compared.customers_effect,
    compared.frequency_effect,
    compared.net_revenue - compared.previous_net_revenue
    - compared.customers_effect - compared.frequency_effect - compared.other_effect as value_effect,
    compared.other_effect,
    compared.new_revenue,
    compared.purchase_revenue - compared.new_revenue - compared.reactivated_revenue as returning_revenue,
    compared.reactivated_revenue,
    {{ month_end('compared.month') }} <= as_of.as_of_date as is_complete,
    compared.yearly_previous_net_revenue,
    compared.yearly_customers_effect,
    compared.yearly_frequency_effect,
    compared.net_revenue - compared.yearly_previous_net_revenue
    - compared.yearly_customers_effect - compared.yearly_frequency_effect - compared.yearly_other_effect
        as yearly_value_effect,
    compared.yearly_other_effect
from compared
cross join as_of
