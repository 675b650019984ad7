"""A delivery with a person who asks to be erased, with and without that person."""

from warehouses import Warehouse

SALT = {"KLANT360_ID_SALT": "sesam"}
ASKED = "2024-06-01 12:00"
# Rows that end with (anna) are the rows of Anna up to her request; the mark is not delivered.
TABLES = {
    "crm.customers": """
        customer_number,first_name,last_name,email,phone,birth_date,street,house_number,postal_code,country_code,created_at
        C1,Anna,Zonnebloem,anna@zon.example;a2@zon.example,'0611111111,1980-01-01,Annastraat,7,1234 AB,NL,2023-01-01(anna)
        C1,Anna,Zonnebloem,anna@zon.example,0611111111,1980-01-01,Annastraat,7,1234 AB,NL,2022-12-31(anna)
        C2,Bram,Zonnebloem,bram@zon.example,0611111111,1979-02-02,Annastraat,7,1234 AB,NL,2023-01-02
        C3,Carla,Maan,huis@maan.example,0633333333,1970-03-03,Maanweg,1,2345 BC,NL,2023-01-03
        C4,Dirk,Ster,huis@maan.example,0644444444,1971-04-04,Maanweg,1,2345 BC,NL,2023-01-04
        ,Anna,Zonnebloem,anna@zon.example,,,,,,,2023-01-05(anna)
        ,Bram,Zonnebloem,bram@zon.example,,,,,,,2023-01-05
    """,  # noqa: E501
    "crm.campaign_contacts": """
        contact_id,customer_number,channel,sent_at
        K1,C1,email,2024-01-01(anna)
        K2,C2,email,2024-01-01
        K3,C1,email,nooit(anna)
    """,
    "webshop.accounts": """
        account_id,first_name,last_name,email,created_at,acquisition_channel
        '70001,Anna,Zonnebloem,anna@zon.example,2023-02-01,search(anna)
        A2,Bram,Zonnebloem,bram@zon.example,2023-02-01,search
    """,
    "webshop.orders": """
        order_id,ordered_at,total_amount,account_id,email,phone
        O1,2023-03-01,10,70001.0,,(anna)
        O2,2024-05-31,20,70001,,(anna)
        O3,2024-07-02,30,70001,anna@zon.example,
        O4,2023-04-01,40,,anna@zon.example,(anna)
        O5,2024-07-03,50,,anna@zon.example,
        O6,2023-05-01,60,A2,,
        O7,2023-05-02,70,,huis@maan.example,0633333333
        O8,ooit,80,,anna@zon.example,(anna)
        O9,2024-05-01,,,x@elders.example / a2@zon.example,(anna)
        O10,2024-05-01,,,bram@zon.example,
        O11,2023-06-01,11,,,0644444444
    """,
    "webshop.order_lines": """
        order_id,line_number,product_id,quantity
        O1,1,P1,1(anna)
        O2,1,P1,1(anna)
        O3,1,P1,1
        O6,1,P1,1
        O8,1,P1,1(anna)
    """,
    "webshop.sessions": """
        session_id,started_at,account_id,email,anonymous_id,traffic_channel
        W1,2024-01-01,70001.0,,phone,direct(anna)
        W2,2024-01-01,,anna@zon.example,tablet,direct(anna)
        W3,2024-07-01,70001,,,direct
        W4,2024-01-01,A2,,tablet,direct
        W5,,,anna@zon.example,,direct(anna)
        W6,2024-08-01,'70001.0,,laptop,direct
        W7,2024-01-01,,,phone,direct(anna)
        W8,2024-07-01,,,phone,direct
        W9,,,,phone,direct(anna)
        W10,,,bram@zon.example,phone,direct
        W11,2024-01-01,,,laptop,direct(anna)
        W12,2024-01-01,,,tablet,direct
        W13,2024-01-01,,huis@maan.example,phone,direct(anna)
    """,
    "service_desk.contacts": """
        contact_id,first_name,last_name,email,phone,created_at
        S1,Anna,Zonnebloem,anna@zon.example,,2023-06-01(anna)
        S2,Bram,Zonnebloem,bram@zon.example,,2023-06-01
    """,
    "service_desk.tickets": """
        ticket_id,contact_id,created_at,status
        T1,S1,2024-01-01,open(anna)
        T2,S2,2024-01-01,open
        T3,S1,2024-08-01,open
    """,
    "service_desk.survey_responses": """
        response_id,contact_id,survey_type,score,responded_at,comment
        R1,S1,nps,9,2024-01-01,Groet van Anna Zonnebloem(anna)
        R2,S2,nps,3,2024-01-01,
    """,
    "crm.erasure_requests": f"""
        email,customer_number,requested_at
        Anna Z <A2@Zon.example>,,{ASKED}(anna)
        huis@maan.example,,{ASKED}
        niemand@nergens.example,,{ASKED}
        ,,{ASKED}
        anna@zon.example,,31 februari(anna)
        bram@zon.example,,morgen
    """,
}
# Values that only Anna has. Rows from after the request contain her email.
MARKS = ("anna zon", "1980-01-01", "groet van", "o8|", '"o9"')


def delivery(without_anna: bool = False, **replaced: str) -> dict[str, str]:
    """Return the tables as text, with or without the rows of Anna."""
    tables = {**TABLES, **{name.replace("__", "."): text for name, text in replaced.items()}}
    return {
        name: "\n".join(
            line.strip().removesuffix("(anna)")
            for line in text.strip().splitlines()
            if not (without_anna and line.endswith("(anna)"))
        )
        + "\n"
        for name, text in tables.items()
    }


def contents(warehouse: Warehouse) -> dict[str, list[str]]:
    """Return the rows of every table of marts and restricted, except those about erasure itself."""
    names = warehouse.rows("""
        select schema_name || '.' || table_name from duckdb_tables()
        where schema_name in ('marts', 'restricted') order by 1
    """)
    # requests that erased nobody remain and are listed
    without_requests = "where source_table <> 'crm.erasure_requests'"
    left_out = {
        "marts.source_reconciliation": ("exclude (rows_read, rows_erased)", without_requests),
        "restricted.rejected_rows": ("", without_requests),
        "marts.rejection_summary": ("", without_requests),
    }
    found = {}
    for (name,) in names:
        if name not in ("restricted.erasure_results", "marts.customer_merges"):
            columns, rows = left_out.get(name, ("", ""))
            texts = warehouse.rows(
                f"select cast(t as varchar) from (select * {columns} from {name} {rows}) as t"
            )
            found[name] = sorted(text for (text,) in texts)
    return found
