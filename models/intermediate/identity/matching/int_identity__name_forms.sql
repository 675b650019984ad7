with first_name_forms as (
    select * from {{ ref('first_name_forms') }}
),

forms as (
    select
        first_name as given_name,
        short_form as form
    from first_name_forms
    union
    select
        short_form as given_name,
        first_name as form
    from first_name_forms
)

select
    given_name,
    form
from forms
union
select
    given_name,
    substr(form, 1, 1) as form
from forms
