{{ customers_with_poorer_records(
    groups=ref('int_identity__initials_groups'),
    parts=ref('int_identity__initials_parts'),
    customers_before=ref('int_identity__full_name_customers'),
) }}
