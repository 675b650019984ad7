{%- set attributes = {
    'age_band': ['crm.customers'],
    'gender': ['crm.customers'],
    'country_code': ['crm.customers', 'webshop.accounts'],
    'postal_area': ['crm.customers', 'webshop.accounts'],
    'acquisition_channel': ['webshop.accounts', 'webshop.sessions'],
    'preferred_sales_channel': ['webshop.orders'],
    'engagement_band': ['webshop.sessions', 'crm.campaign_contacts', 'service_desk.survey_responses'],
    'device': ['webshop.sessions'],
    'top_category': ['webshop.order_lines'],
} -%}

with customers as (
    select * from {{ ref('customer_360') }}
    where lifetime_orders > 0
),

top_categories as (
    select * from {{ ref('int_customer__top_categories') }}
),

delivered_tables as (
    select * from {{ ref('stg_delivery__tables') }}
    where is_delivered
),

described as (
    select
        customers.*,
        top_categories.top_category
    from customers
    left join top_categories on customers.customer_id = top_categories.customer_id
),

attribute_tables as (
    {%- for attribute, source_tables in attributes.items() %}
    {%- for source_table in source_tables %}
    select
        '{{ attribute }}' as attribute_name,
        '{{ source_table }}' as source_table
    {{ 'union all' if not loop.last }}
    {%- endfor %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- an attribute without any of its tables has no rows
delivered_attributes as (
    select distinct attribute_tables.attribute_name
    from attribute_tables
    inner join delivered_tables on attribute_tables.source_table = delivered_tables.source_table
),

customer_counts as (
    {%- for attribute in attributes %}
    select
        segment_code,
        '{{ attribute }}' as attribute_name,
        coalesce({{ attribute }}, '(unknown)') as attribute_value,
        count(*) as customers
    from described
    group by
        segment_code,
        coalesce({{ attribute }}, '(unknown)')
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

attribute_values as (
    select customer_counts.*
    from customer_counts
    inner join delivered_attributes on customer_counts.attribute_name = delivered_attributes.attribute_name
),

totals as (
    select
        *,
        sum(customers) over (partition by segment_code, attribute_name) as segment_customers,
        sum(customers) over (partition by attribute_name, attribute_value) as value_customers,
        sum(customers) over (partition by attribute_name) as all_customers
    from attribute_values
),

shares as (
    select
        segment_code,
        attribute_name,
        attribute_value,
        customers,
        {{ ratio('customers', 'segment_customers') }} as segment_share,
        {{ ratio('value_customers', 'all_customers') }} as overall_share
    from totals
)

select
    segment_code,
    attribute_name,
    attribute_value,
    customers,
    segment_share,
    overall_share,
    100 * {{ ratio('segment_share', 'overall_share') }} as share_index
from shares
