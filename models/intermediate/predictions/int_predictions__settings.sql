select
    '{{ var("purchase_model") }}' as purchase_model,
    {{ 'true' if var('predict_purchases') else 'false' }} as predicts_purchases,
    cast({{ var('gross_margin_rate') }} as double) as gross_margin_rate,
    cast({{ var('annual_discount_rate') }} as double) as annual_discount_rate,
    cast({{ var('affinity_min_customers') }} as bigint) as affinity_min_customers,
    cast({{ var('affinity_window_months') }} as bigint) as affinity_window_months,
    cast({{ var('affinity_max_products') }} as bigint) as affinity_max_products
