{{ partial_name_ties(3, ref('int_identity__initials_clusters')) }}
