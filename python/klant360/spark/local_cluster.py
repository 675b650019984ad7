"""A standalone Spark cluster on this machine, for tests and benchmarks: master, worker, Thrift server.

The Thrift server also runs Spark Connect, so that SQL and Python models share one catalog. Every listener is
on 127.0.0.1. Java comes from the machine, everything else from the package pyspark.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from klant360.project import SPARK_CONNECT

HOST = "127.0.0.1"
SECONDS_TO_START = 180
SPARK = "org.apache.spark.deploy."


class ClusterError(Exception):
    """The cluster does not start; the message names the log."""


@dataclass(frozen=True)
class Cluster:
    """Where a running cluster listens, and its logs."""

    thrift_port: int
    connect_port: int
    ui_port: int
    folder: Path
    processes: Mapping[str, int]

    def environment(self) -> dict[str, str]:
        """Return the environment variables of the target `spark`."""
        return {
            "KLANT360_SPARK_HOST": HOST,
            "KLANT360_SPARK_PORT": str(self.thrift_port),
            SPARK_CONNECT: f"sc://{HOST}:{self.connect_port}",
        }


@contextmanager
def local_cluster(
    folder: Path,
    *,
    cores: int = 2,
    memory: str = "2g",
    time_zone: str = "UTC",
    settings: Sequence[str] = (),
    java_options: str = "",
) -> Iterator[Cluster]:
    """Start a cluster whose tables are in `folder`, and stop it, by process id, whatever happens.

    `time_zone` is that of all its processes. `settings` are more of Spark, such as
    `spark.sql.shuffle.partitions=8`; `java_options` are of all its processes. Raises ClusterError.
    """
    import pyspark

    folder.mkdir(parents=True, exist_ok=True)
    home = Path(pyspark.__file__).parent
    master_port, thrift_port, connect_port, ui_port = _free_ports(4)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "KLANT360_"))},
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": HOST,
        "TZ": time_zone,
        "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_DAEMON_JAVA_OPTS": java_options,
    }
    metastore = f"jdbc:derby:;databaseName={folder}/metastore;create=true"
    master = f"spark://{HOST}:{master_port}"
    options = {
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.address": HOST,
        "spark.connect.grpc.binding.port": connect_port,
        "spark.driver.host": HOST,
        "spark.driver.bindAddress": HOST,
        "spark.ui.port": ui_port,
        "spark.sql.warehouse.dir": folder / "warehouse",
        "spark.hadoop.javax.jdo.option.ConnectionURL": metastore,
        # tables of the size of a test: the default of 200 tasks per shuffle takes longer than the work
        "spark.sql.shuffle.partitions": cores,
        "spark.sql.session.timeZone": time_zone,
        "spark.driver.extraJavaOptions": java_options,
        "spark.executor.extraJavaOptions": java_options,
        **dict(setting.split("=", 1) for setting in settings),
    }
    confs = [word for name, value in options.items() for word in ("--conf", f"{name}={value}")]
    with ExitStack() as stack:
        processes = {}

        def start(name: str, command: Sequence[str], port: int) -> None:
            process = stack.enter_context(_running(name, command, environment, folder))
            processes[name] = process.pid
            _wait_for(port, process, folder / f"{name}.log")

        run_class = str(home / "bin" / "spark-class")
        environment["SPARK_DAEMON_MEMORY"] = "512m"
        start("master", [run_class, f"{SPARK}master.Master", "--host", HOST, "--port", str(master_port),
                         "--webui-port", "0"], master_port)  # fmt: skip
        start("worker", [run_class, f"{SPARK}worker.Worker", "--host", HOST, "--cores", str(cores),
                         "--memory", memory, "--webui-port", "0", master], 0)  # fmt: skip
        # it would override the memory of the server
        del environment["SPARK_DAEMON_MEMORY"]
        start("thrift", [str(home / "bin" / "spark-submit"), "--master", master, "--driver-memory", "2g",
                         "--executor-memory", memory, *confs, "--class",
                         "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2", "spark-internal",
                         "--hiveconf", f"hive.server2.thrift.bind.host={HOST}",
                         "--hiveconf", f"hive.server2.thrift.port={thrift_port}"], thrift_port)  # fmt: skip
        _wait_for(connect_port, None, folder / "thrift.log")
        yield Cluster(thrift_port, connect_port, ui_port, folder, processes)


@contextmanager
def _running(
    name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path
) -> Iterator[subprocess.Popen]:
    """Run a process whose output goes to a log; stops it and waits until it is gone."""
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=dict(environment), cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: subprocess.Popen | None, log: Path) -> None:
    """Wait until something listens on a port; 0 only checks that the process runs."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        if process and process.poll() is not None:
            break
        if not port:
            return
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.2)
    raise ClusterError(f"Spark does not start; its log {log} ends with:\n{log.read_text('utf-8')[-2000:]}")


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((HOST, 0))
        return [one.getsockname()[1] for one in sockets]
