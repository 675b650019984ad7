{{ poorer_record_ties(3, ref('int_identity__initials_customers')) }}
