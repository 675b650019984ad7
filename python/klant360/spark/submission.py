"""Runs the Python models of a Spark target in this process, over Spark Connect."""

from __future__ import annotations

from typing import Any

from dbt.adapters.base import PythonJobHelper
from dbt.adapters.spark import SparkAdapter
from dbt.adapters.spark.connections import SparkConnectionMethod

from klant360.spark.connection import connect

METHOD = "spark_connect"


class ConnectHelper(PythonJobHelper):
    """Runs the compiled code of a model, which reads and writes its tables by the session `spark`."""

    def __init__(self, parsed_model: dict[str, Any], credentials: Any) -> None:
        """Keep the name of the model, for tracebacks."""
        self._name = parsed_model["alias"]

    def submit(self, compiled_code: str) -> None:
        """Run the code to its end; its exceptions fail the model."""
        exec(compile(compiled_code, f"<{self._name}>", "exec"), {"spark": connect()})


class _AdapterWithConnect:
    """What dbt's adapter gains; connections to Databricks keep their own way."""

    @property
    def python_submission_helpers(self) -> dict[str, type[PythonJobHelper]]:
        return {**_helpers.fget(self), METHOD: ConnectHelper}

    @property
    def default_python_submission_method(self) -> str:
        is_thrift = self.config.credentials.method == SparkConnectionMethod.THRIFT
        return METHOD if is_thrift else _default.fget(self)


_helpers = SparkAdapter.python_submission_helpers
_default = SparkAdapter.default_python_submission_method


def add_to_adapter() -> None:
    """Make Spark Connect the way to run Python models on a connection by Thrift."""
    SparkAdapter.python_submission_helpers = _AdapterWithConnect.python_submission_helpers
    SparkAdapter.default_python_submission_method = _AdapterWithConnect.default_python_submission_method
