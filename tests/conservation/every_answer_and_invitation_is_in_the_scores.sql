with answers as (
    select count(*) as answers
    from {{ ref('int_events__survey_responses') }}
),

invitations as (
    select count(*) as invitations
    from {{ ref('int_events__survey_invitations') }}
),

scores as (
    select
        coalesce(sum(answers), 0) as answers,
        coalesce(sum(invitations), 0) as invitations
    from {{ ref('satisfaction_scores') }}
),

by_segment as (
    select coalesce(sum(answers), 0) as answers
    from {{ ref('satisfaction_by_segment') }}
)

select
    answers.answers,
    invitations.invitations,
    scores.answers as scored_answers,
    scores.invitations as scored_invitations,
    by_segment.answers as segmented_answers
from answers
cross join invitations
cross join scores
cross join by_segment
where
    answers.answers <> scores.answers
    or invitations.invitations <> scores.invitations
    or answers.answers <> by_segment.answers
