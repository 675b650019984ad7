"""dbt and Spark Connect on a cluster that a test starts, with settings for few rows."""

from dbt.cli.main import dbtRunner

from klant360.spark.connection import connect
from klant360.spark.copying import copy_tables, tables_of
from klant360.spark.loading import load_files
from klant360.spark.local_cluster import local_cluster
from warehouses import PROJECT, changed_environment

SALT = "pepper"
# for so few rows, planning takes longer than the work: not again after each stage, no derived filters, and no
# plans written out for the web page of the server
SETTINGS = [
    "spark.sql.adaptive.enabled=false",
    "spark.sql.constraintPropagation.enabled=false",
    "spark.sql.debug.maxToStringFields=1",
    "spark.sql.ui.explainMode=simple",
]
# the first day interprets expressions; the second compiles them to Java, as clusters do unless told otherwise
INTERPRETED = ["spark.sql.codegen.wholeStage=false", "spark.sql.codegen.factoryMode=NO_CODEGEN"]
# the server waits more than it works
THREADS = 4
# in ten minutes, compiling Java thoroughly takes a quarter of the time and does not pay
JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:+UseParallelGC"


class Spark:
    """dbt and Spark Connect on a cluster, which can be started again in another time zone."""

    def __init__(self, folder, clusters):
        self.folder = folder
        self.processes = ()
        self._clusters = clusters

    def start(self, time_zone, settings=()):
        """Start a cluster on the tables of the last one, which is stopped."""
        self.stop()
        cluster = self._clusters.enter_context(
            local_cluster(
                self.folder / "cluster",
                time_zone=time_zone,
                settings=[*SETTINGS, *settings],
                java_options=JAVA_OPTIONS,
            )
        )
        self.environment = {**cluster.environment(), "KLANT360_ID_SALT": SALT}
        self.processes = cluster.processes.values()

    def stop(self):
        """Stop the cluster; a session without its server would try to reach it for ten minutes."""
        if self.processes:
            self.session().stop()
        self._clusters.close()

    def session(self):
        with changed_environment(self.environment):
            return connect()

    def load(self, sources):
        parquet = self.folder / "parquet"
        parquet.mkdir(exist_ok=True)
        load_files(self.session(), sources, parquet, {}, log=lambda line: None)

    def dbt(self, *arguments, profiles=PROJECT, target="spark"):
        """Run a dbt command; returns its result and its errors."""
        errors = []

        def listen(event):
            if event.info.level == "error":
                errors.append(event.info.msg)

        places = ["--project-dir", str(PROJECT), "--profiles-dir", str(profiles), "--target", target]
        places += ["--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs")]
        options = ["--threads", str(THREADS), "--log-level", "none"]
        with changed_environment(self.environment):
            result = dbtRunner(callbacks=[listen]).invoke([*arguments, *places, *options])
        return result, "\n".join(errors)

    def copy(self, name):
        """Copy all marts to a DuckDB file."""
        copy = self.folder / f"{name}.duckdb"
        copy.unlink(missing_ok=True)
        session = self.session()
        copy_tables(session, tables_of(session, ("marts", "restricted")), copy)
        return copy
