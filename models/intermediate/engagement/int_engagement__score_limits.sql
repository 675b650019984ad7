-- noqa: disable=all
{{ score_limits(ref('int_engagement__metrics'), engagement_metrics()) }}
