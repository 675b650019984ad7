with sessions as (
    select * from {{ ref('int_events__sessions') }}
    where customer_id is not null
),

campaign_contacts as (
    select * from {{ ref('int_events__campaign_contacts') }}
    where customer_id is not null
),

survey_responses as (
    select * from {{ ref('int_events__survey_responses') }}
    where customer_id is not null
),

weights as (
    select
        {%- for act in engagement_acts() %}
        coalesce(max(case when act = '{{ act }}' then weight end), 0) as {{ act }}_weight,
        {%- endfor %}
        count(*) as acts
    from {{ ref('engagement_weights') }}
)

select
    sessions.customer_id,
    'session' as act,
    sessions.session_id as act_key,
    {{ local_date('sessions.started_at') }} as act_date,
    cast(
        weights.session_weight
        + weights.page_view_weight * coalesce(sessions.page_views, 0)
        + weights.product_view_weight * coalesce(sessions.product_views, 0)
        + weights.search_weight * coalesce(sessions.searches, 0) as decimal(18, 4)
    ) as engagement,
    coalesce(sessions.duration_seconds, 0) as duration_seconds
from sessions
cross join weights
{%- for act, moment in [('campaign_opened', 'opened_at'), ('campaign_clicked', 'clicked_at')] %}
union all
select
    campaign_contacts.customer_id,
    '{{ act }}' as act,
    campaign_contacts.contact_id as act_key,
    {{ local_date('campaign_contacts.' ~ moment) }} as act_date,
    cast(weights.{{ act }}_weight as decimal(18, 4)) as engagement,
    0 as duration_seconds
from campaign_contacts
cross join weights
where campaign_contacts.{{ moment }} is not null
{%- endfor %}
union all
select
    survey_responses.customer_id,
    'survey_answer' as act,
    survey_responses.response_id as act_key,
    {{ local_date('survey_responses.responded_at') }} as act_date,
    cast(weights.survey_answer_weight as decimal(18, 4)) as engagement,
    0 as duration_seconds
from survey_responses
cross join weights
