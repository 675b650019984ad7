{{ customers_with_poorer_records(
    groups=ref('int_identity__one_name_groups'),
    parts=ref('int_identity__one_name_parts'),
    customers_before=ref('int_identity__initials_customers'),
) }}
