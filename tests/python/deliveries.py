"""Small deliveries in files, and what the loader makes of them."""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from klant360.contract import read_contract
from klant360.ingest.delivery import DeliveryError
from klant360.ingest.loading import load_sources

CONTRACT = read_contract()
ORDERS = b"order_id,ordered_at,total_amount\nO1,2024-01-02,10.50\n"


def put(sources, name, content):
    path = sources / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, dict):
        pq.write_table(pa.table(content), path)
    else:
        path.write_bytes(gzip.compress(content) if name.lower().endswith(".gz") else content)
    return path


def load(connection, sources, **options):
    log = []
    load_sources(connection, sources, CONTRACT, log=log.append, **options)
    return log


def problems(connection, sources):
    with pytest.raises(DeliveryError) as raised:
        load(connection, sources)
    return list(raised.value.problems)


def rows(connection, table, columns="*"):
    return sorted(connection.execute(f"select {columns} from {table}").fetchall(), key=repr)


def products(connection, sources):
    load(connection, sources)
    return rows(connection, "webshop.products", "product_id, product_name, category")
