"""The session of Spark Connect."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from klant360.errors import UserError
from klant360.project import SPARK_CONNECT

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

DEFAULT_URL = "sc://127.0.0.1:15002"


def connect() -> SparkSession:
    """Return the session of this process, in UTC; raises UserError if the server cannot be reached."""
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise UserError(
            "The target spark needs the packages of requirements-spark.lock: see docs/spark.md."
        ) from error
    url = os.environ.get(SPARK_CONNECT) or DEFAULT_URL
    try:
        # Spark itself tries for ten minutes
        server = urlsplit(url)
        socket.create_connection((server.hostname or "", server.port or 15002), timeout=20).close()
        session = SparkSession.builder.remote(url).getOrCreate()
        session.conf.set("spark.sql.session.timeZone", "UTC")
    except (PySparkException, OSError, ValueError) as error:
        raise UserError(
            f"Spark Connect does not answer at {url.split(';')[0]}: start it on the cluster, or name another"
            f" server in {SPARK_CONNECT}, such as {DEFAULT_URL}."
        ) from error
    return session
