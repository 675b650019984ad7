"""dbt in this process, without work that no test sees: that is a third of the time of a small build.

What dbt does to a warehouse stays the same. Plain dbt builds the demo set in `make test`, and the deliveries
of tests that run commands in their own processes.
"""

import functools
import threading
from collections.abc import Iterator, KeysView
from typing import Any

import parsedatetime
from dbt import compilation
from dbt.cli import requires
from dbt.clients.jinja import MacroGenerator, MacroStack
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.contracts.graph.nodes import Macro, ParsedNode
from dbt.flags import get_flags
from dbt_common.behavior_flags import BehaviorFlagRendered
from dbt_common.clients.jinja import MacroFuzzEnvironment
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

_fire_event = EventManager.fire_event
_init_event = BaseEvent.__init__
_macro_context = requires.generate_runtime_macro_context
_compile_template = MacroFuzzEnvironment.compile
_inject_ctes = compilation.inject_ctes_into_sql
_write_node = ParsedNode.write_node


def make_faster() -> None:
    """Patch dbt, for all later commands of this process."""
    # thousands of debug events without a logger: neither filled in nor fired
    BaseEvent.__init__ = _remember
    BaseEvent.pb_msg = functools.cached_property(_message)
    BaseEvent.pb_msg.__set_name__(BaseEvent, "pb_msg")
    EventManager.fire_event = _fire_if_heard
    # a new parser of dates for each result of a statement
    parsedatetime.Constants = functools.cache(parsedatetime.Constants)
    # hundreds of contexts, each with a dictionary of all 700 macros
    MacroNamespaceBuilder.build_namespace = _namespace
    requires.generate_runtime_macro_context = _macro_context_once
    # where each flag of an adapter was declared, from the frames of the stack
    BehaviorFlagRendered._default_source = staticmethod(lambda: "dbt")
    # two files of SQL per model, where nobody reads what dbt writes
    ParsedNode.write_node = _write_if_read
    # templates that an earlier build compiled, and queries that it took apart to insert ephemeral models
    MacroFuzzEnvironment.compile = _compile_once
    compilation.inject_ctes_into_sql = _inject_ctes_once


def _remember(event: BaseEvent, *arguments: Any, **options: Any) -> None:
    event.__dict__["_given"] = arguments, options


def _message(event: BaseEvent) -> Any:
    arguments, options = event.__dict__.pop("_given")
    _init_event(event, *arguments, **options)
    return event.__dict__["pb_msg"]


def _fire_if_heard(
    manager: EventManager, e: BaseEvent, level: EventLevel | None = None, **options: Any
) -> None:
    if manager.loggers or (level or e.level_tag()) != EventLevel.DEBUG:
        _fire_event(manager, e, level, **options)


def _write_if_read(node: ParsedNode, *place: Any) -> None:
    if get_flags().WRITE_JSON:
        _write_node(node, *place)


_templates: dict[tuple[Any, ...], Any] = {}


def _compile_once(environment: MacroFuzzEnvironment, source: Any, *arguments: Any, **options: Any) -> Any:
    key = type(environment), source, *arguments, *options.items()
    if key not in _templates:
        _templates[key] = _compile_template(environment, source, *arguments, **options)
    return _templates[key]


_injected: dict[tuple[Any, ...], str] = {}


def _inject_ctes_once(sql: str, ctes: list[Any]) -> str:
    key = sql, *((cte.id, cte.sql) for cte in ctes)
    if key not in _injected:
        _injected[key] = _inject_ctes(sql, ctes)
    return _injected[key]


class _Generator(MacroGenerator):
    """A macro that a context knows, made without a call per ancestor."""

    def __init__(self, macro: Macro, context: dict[str, Any], node: Any, stack: MacroStack | None) -> None:
        self.macro = macro
        self.context = context
        self.node = node
        self.stack = stack


class _Namespace(MacroNamespace):
    """All macros that a context knows, in one dictionary."""

    def __init__(self, *parts: dict[str, Any]) -> None:
        super().__init__(*parts)
        self._all: dict[str, Any] = {}
        for part in reversed(list(self._search_order())):
            self._all.update(part)

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def keys(self) -> KeysView[str]:
        return self._all.keys()

    def __getitem__(self, name: str) -> Any:
        return self._all[name]


def _namespace(
    builder: MacroNamespaceBuilder, macros: dict[str, dict[str, Macro]], context: dict[str, Any]
) -> MacroNamespace:
    functions = {
        package: {
            name: _Generator(macro, context, builder.node, builder.thread_ctx)
            for name, macro in by_name.items()
        }
        for package, by_name in macros.items()
    }
    internal: dict[str, MacroGenerator] = {}
    for package in reversed(builder.internal_package_names_order):
        internal.update(functions.pop(package, {}))
    local = functions.get(builder.search_package, {})
    root = functions.get(builder.root_package, {})
    return _Namespace(root, local, internal, functions)


_contexts: dict[tuple[Any, ...], Any] = {}


def _macro_context_once(macro: Macro, config: Any, manifest: Any, package: str | None) -> dict[str, Any]:
    """Return the context of a macro that the adapter calls: one per thread and command."""
    key = threading.get_ident(), macro.unique_id, package
    made_for, context = _contexts.get(key, (None, None))
    if made_for is not config:
        context = _macro_context(macro, config, manifest, package)
        _contexts[key] = config, context
    return context
