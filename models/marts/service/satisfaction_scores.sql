with answers as (
    select
        *,
        {{ month_start('response_date') }} as month
    from {{ ref('int_events__survey_responses') }}
),

invitations as (
    select
        *,
        {{ month_start('sent_date') }} as month
    from {{ ref('int_events__survey_invitations') }}
),

as_of as (
    select * from {{ ref('int_calendar__as_of_date') }}
),

delivered_tables as (
    select * from {{ ref('stg_delivery__tables') }}
),

delivered as (
    select
        bool_or(source_table = 'service_desk.survey_responses' and is_delivered) as has_answers,
        bool_or(source_table = 'service_desk.survey_invitations' and is_delivered) as has_invitations
    from delivered_tables
),

answer_counts as (
    select
        month,
        survey_type,
        {{ satisfaction_counts() | indent(8) }}
    from answers
    group by
        month,
        survey_type
),

invitation_counts as (
    select
        invitations.month,
        invitations.survey_type,
        count(*) as invitations,
        count(*) filter (
            where {{ days_between('invitations.sent_date', 'answers.response_date') }} <= 30
        ) as invitations_answered
    from invitations
    left join answers on invitations.response_id = answers.response_id
    group by
        invitations.month,
        invitations.survey_type
),

-- exports that never name the answer cannot tell who answered
naming as (
    select count(response_id) > 0 as names_answers
    from invitations
),

groups as (
    select
        month,
        survey_type
    from answer_counts
    union
    select
        month,
        survey_type
    from invitation_counts
),

counts as (
    select
        groups.month,
        groups.survey_type,
        case when delivered.has_answers then coalesce(answer_counts.answers, 0) end as answers,
        {% for name, survey_type in {
            'promoters': 'nps', 'passives': 'nps', 'detractors': 'nps', 'satisfied': 'csat'
        }.items() -%}
        case
            when delivered.has_answers and groups.survey_type = '{{ survey_type }}'
                then coalesce(answer_counts.{{ name }}, 0)
        end as {{ name }},
        {% endfor -%}
        answer_counts.effort_mean,
        case when delivered.has_invitations then coalesce(invitation_counts.invitations, 0) end as invitations,
        case
            when delivered.has_invitations and delivered.has_answers
                then coalesce(invitation_counts.invitations_answered, 0)
        end as invitations_answered
    from groups
    cross join delivered
    left join answer_counts
        on
            groups.month = answer_counts.month
            and groups.survey_type = answer_counts.survey_type
    left join invitation_counts
        on
            groups.month = invitation_counts.month
            and groups.survey_type = invitation_counts.survey_type
)

select
    counts.month,
    counts.survey_type,
    {{ satisfaction_columns('counts') | indent(4) }},
    counts.invitations,
    counts.invitations_answered,
    case when naming.names_answers then {{ ratio('counts.invitations_answered', 'counts.invitations') }} end
        as response_rate,
    cast({{ month_end('counts.month') }} + interval 30 day as date) <= as_of.as_of_date as is_complete
from counts
cross join naming
cross join as_of
