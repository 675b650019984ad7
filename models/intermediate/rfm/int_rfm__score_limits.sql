-- noqa: disable=all
{{ score_limits(ref('int_rfm__metrics'), rfm_metrics()) }}
