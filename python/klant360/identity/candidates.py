"""Candidates: the pairs of records of different customers that are worth comparing."""

from __future__ import annotations

import duckdb
import pyarrow as pa

# A value that more customers than this share makes nobody a candidate: this bounds the number of pairs.
BLOCK_CAP = 50
# Two records are compared when they have one of these values in common.
BLOCKS = {
    "email": "email",
    "mailbox": "mailbox",
    "phone": "phone",
    "names": "least(first_name, surname) || ' ' || greatest(first_name, surname)",
    "address": "postal_code || ' ' || house_number",
    "birth and first name": "birth_date || ' ' || first_name",
    "birth and last name": "birth_date || ' ' || surname",
    "birth and house": "birth_date || ' ' || house_number",
    "birth and street": "birth_date || ' ' || street",
    "birth and postcode": "birth_date || ' ' || postal_code",
    "birth and city": "birth_date || ' ' || city",
    "first name and postcode": "first_name || ' ' || postal_code",
    "last name and postcode": "surname || ' ' || postal_code",
    "first name and street": "first_name || ' ' || street",
    "last name and street": "surname || ' ' || street",
    "first name and city": "first_name || ' ' || city",
    "last name and city": "surname || ' ' || city",
    "house and street": "house_number || ' ' || street",
    "house and city": "house_number || ' ' || city",
    "beginnings": "left(first_name, 2) || ' ' || left(surname, 2) || ' ' || left(city, 3)",
    "street and postcode": "left(street, 5) || ' ' || postal_code",
    "street and city": "left(street, 5) || ' ' || left(city, 5)",
}


def make_candidates(
    connection: duckdb.DuckDBPyConnection, records: pa.Table, decided: pa.Table, name_forms: pa.Table
) -> None:
    """Make the tables `records`, `people` (the records as compared), `decided` and `candidates` (pairs)."""
    connection.register("given_records", records)
    connection.register("given_forms", name_forms)
    connection.register("given_decisions", decided)
    connection.execute("""
        create table records as
        select
            given_records.*,
            nullif(regexp_replace(split_part(email, '@', 1), '[^a-z0-9]', '', 'g'), '') as mailbox,
            forms.name_forms
        from given_records
        left join (
            select given_name, list(form order by form) as name_forms
            from given_forms
            where length(form) > 1
            group by given_name
        ) as forms on given_records.first_name = forms.given_name
        order by record_key
    """)
    connection.execute("""
        create table decided as
        select least(customer_id, other_customer_id) as one, greatest(customer_id, other_customer_id) as other
        from given_decisions
        group by one, other
    """)
    # a record without a first name or birth date takes that of its customer
    connection.execute("""
        create table people as
        with names as (
            select customer_id, arg_min(records, (not is_known_first_name, record_key)) as named
            from records
            where first_name is not null
            group by customer_id
        ),
        birth_dates as (
            select customer_id, arg_min(birth_date, record_key) as birth_date
            from records
            where birth_date is not null
            group by customer_id
        )
        select
            records.* replace (
                coalesce(records.first_name, names.named.first_name) as first_name,
                case when records.first_name is null then coalesce(names.named.is_known_first_name, false)
                    else records.is_known_first_name end as is_known_first_name,
                coalesce(records.name_forms, names.named.name_forms) as name_forms,
                coalesce(records.birth_date, birth_dates.birth_date) as birth_date
            )
        from records
        left join names on records.customer_id = names.customer_id
        left join birth_dates on records.customer_id = birth_dates.customer_id
        order by record_key
    """)
    blocks = " union all ".join(
        f"select record_key, customer_id, hash({number}, {value}) as block"
        f" from people where ({value}) is not null"
        for number, value in enumerate(BLOCKS.values())
    )
    connection.execute(f"""
        create table candidates as
        with blocks as ({blocks}),
        narrow_blocks as (
            select block
            from blocks
            group by block
            having count(distinct customer_id) between 2 and {BLOCK_CAP}
        ),
        members as (
            select blocks.* from blocks inner join narrow_blocks on blocks.block = narrow_blocks.block
        )
        select distinct l.record_key as join_key_l, r.record_key as join_key_r, '0' as match_key
        from members as l
        inner join members as r
            on l.block = r.block and l.record_key < r.record_key and l.customer_id <> r.customer_id
    """)
