"""What dbt-spark lacks for this project. dbt imports every top-level module named dbt_* by itself.

dbt-spark runs Python models on Databricks only. With a Thrift connection they run here instead, in dbt's own
process, on the data that Spark Connect returns. Vars are checked as the plugin of DuckDB checks them.
"""

import sys
from pathlib import Path

from dbt.flags import get_flags
from dbt.plugins.manager import dbtPlugin


class Spark(dbtPlugin):
    """Prepares the commands whose target is Spark."""

    def initialize(self) -> None:
        """Prepare the adapter, which dbt has imported by now if the target uses it, and check the vars."""
        if "dbt.adapters.spark" in sys.modules:
            from klant360.spark.submission import add_to_adapter

            add_to_adapter()
            _check_settings(self.project_name)


def _check_settings(project_name: str) -> None:
    # imported here, since dbt imports this module for every project of the environment
    from klant360.dbt_errors import UnusableError
    from klant360.settings import LOADING_COMMANDS, PROJECT_NAME, declared_vars, engine, setting_problems

    flags = get_flags()
    is_build = project_name == PROJECT_NAME and flags.WHICH in LOADING_COMMANDS
    if not is_build or engine(flags.TARGET) != "spark":
        return
    project = Path(flags.PROJECT_DIR).resolve()
    if problems := setting_problems(declared_vars(project), flags.VARS, project):
        raise UnusableError("\n- ".join(["The settings cannot be used:", *problems]))


plugins = [Spark]
