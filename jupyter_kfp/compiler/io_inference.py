"""How a variable crosses from step to step, and which KFP type it has."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

import msgspec

from jupyter_kfp.dataflow.expressions import dotted_name, is_exact_scalar
from jupyter_kfp.dataflow.facts import NO_LITERAL, Body
from jupyter_kfp.dataflow.step_graph import FlowOutput
from jupyter_kfp.ids import variable_key
from jupyter_kfp.spec.model import ParameterType
from jupyter_kfp.spec.step_payload import CLASSIFICATION_KEY, LOGGED_PREFIX, METRICS_KEY, Binding

ARTIFACT = "system.Artifact"
DATASET = "system.Dataset"
MODEL = "system.Model"
_FRAMES = frozenset({"pandas", "polars", "numpy", "pyarrow", "xarray", "geopandas", "dask", "scipy", "datasets"})
_LEARNERS = frozenset({
    "sklearn", "xgboost", "lightgbm", "catboost", "torch", "keras", "tensorflow", "statsmodels", "imblearn", "prophet",
    "transformers",
})  # fmt: skip
_DATA_FUNCTIONS = frozenset({"train_test_split", "make_classification", "make_regression", "make_blobs", "make_moons"})
_MODEL_FUNCTIONS = frozenset({"make_pipeline", "ols", "logit", "glm", "train", "load_model", "clone"})
_DATA_METHODS = frozenset({
    "assign", "astype", "copy", "drop", "drop_duplicates", "dropna", "explode", "fillna", "filter", "head", "join",
    "melt", "merge", "pivot", "pivot_table", "query", "rename", "replace", "reset_index", "sample", "select",
    "set_index",
    "sort_index", "sort_values", "stack", "tail", "unstack", "with_columns", "interpolate", "to_frame", "to_pandas",
    "reindex", "agg", "aggregate", "apply", "transform", "resample", "reshape", "dot", "mean", "sum", "concat",
})  # fmt: skip
_FITTING = frozenset({"fit", "partial_fit"})
_SCALAR_TYPES: dict[type, ParameterType] = {
    bool: "BOOLEAN",
    int: "NUMBER_INTEGER",
    float: "NUMBER_DOUBLE",
    str: "STRING",
}
_LOG_TYPES = {
    "log_metric": (METRICS_KEY, "system.Metrics"),
    "log_params": (METRICS_KEY, "system.Metrics"),
    "log_confusion_matrix": (CLASSIFICATION_KEY, "system.ClassificationMetrics"),
    "log_roc_curve": (CLASSIFICATION_KEY, "system.ClassificationMetrics"),
}
_NAMED_LOG_TYPES = {"log_html": "system.HTML", "log_markdown": "system.Markdown", "log_figure": ARTIFACT}


class OutputKind(msgspec.Struct, frozen=True):
    """How an output travels."""

    binding: Binding
    type: str
    """KFP parameter type, or schema title of an artifact."""


class NotebookTypes(msgspec.Struct, frozen=True, kw_only=True):
    """What the notebook as a whole tells of types."""

    aliases: Mapping[str, str]
    """Imported names, with the dotted path that they stand for."""
    functions: Mapping[str, Body]
    values: Mapping[str, ast.expr]
    """The expression that each variable was last bound to."""


def output_kind(output: FlowOutput, known: NotebookTypes, asked: str) -> OutputKind:
    """Decide for one output of a step.

    A parameter only if it is certain to be an exact JSON scalar: a literal, assigned once for all paths and not changed
    after. `asked` is the artifact type that the user declared.
    """
    version = output.version
    if asked:
        return OutputKind("artifact", asked)
    literal = version.value.literal
    if (
        version.kind == "bind"
        and not version.conditional
        and not isinstance(literal, type(NO_LITERAL))
        and is_exact_scalar(literal)
    ):
        return OutputKind("parameter", _SCALAR_TYPES[type(literal)])
    types = _Types(known)
    if version.value.annotation is not None:
        declared = types.of_name(version.value.annotation)
        if declared:
            return OutputKind("artifact", declared)
    return OutputKind("artifact", types.of_expression(version.value.expression) or ARTIFACT)


class _Types:
    """Artifact types of expressions; None if nothing is known."""

    def __init__(self, known: NotebookTypes) -> None:
        self._aliases = known.aliases
        self._functions = known.functions
        self._values = dict(known.values)

    def of_name(self, node: ast.expr) -> str | None:
        """Type of what a class or annotation names."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                node = ast.parse(node.value, mode="eval").body
            except SyntaxError:
                return None
        if isinstance(node, ast.BinOp):
            return self.of_name(node.left) or self.of_name(node.right)
        if isinstance(node, ast.Subscript):
            return self.of_name(node.value)
        path = self._path(node)
        package, _, rest = path.partition(".")
        last = rest.rpartition(".")[2]
        if package in _FRAMES:
            return DATASET
        return MODEL if package in _LEARNERS and last[:1].isupper() else None

    def of_expression(self, node: ast.expr | None) -> str | None:
        """Type of the value of an expression."""
        match node:
            case ast.Call(func=function):
                return self._of_call(function)
            case ast.Subscript(value=ast.Call(func=function)):  # one of several values that a call returns
                path = self._path(function)
                return DATASET if path.rpartition(".")[2] in _DATA_FUNCTIONS else self._of_call(function)
            case ast.Subscript(value=inner) | ast.Await(value=inner):
                return self.of_expression(inner)
            case ast.Name(id=name):
                return self.of_expression(self._values.pop(name, None))  # popped: each name is followed once
        return None

    def _of_call(self, function: ast.expr) -> str | None:
        path = self._path(function)
        package, _, rest = path.partition(".")
        last = rest.rpartition(".")[2]
        if package in _FRAMES and path != package:
            return DATASET
        if package in _LEARNERS and last:
            if last in _DATA_FUNCTIONS:
                return DATASET
            return MODEL if last[:1].isupper() or last in _MODEL_FUNCTIONS or last == "from_pretrained" else None
        if isinstance(function, ast.Name) and function.id in self._functions:
            returns = self._functions[function.id].returns
            return self.of_name(returns) if returns is not None else None
        if isinstance(function, ast.Attribute):
            if function.attr in _FITTING:
                return MODEL
            if function.attr in _DATA_METHODS:
                return self.of_expression(function.value)
        return None

    def _path(self, node: ast.expr) -> str:
        name = dotted_name(node) or ""
        first, _, rest = name.partition(".")
        target = self._aliases.get(first, "")
        return f"{target}.{rest}" if rest and target else target


def import_aliases(trees: Iterable[ast.AST]) -> dict[str, str]:
    """Names bound by imports, with the dotted path that they stand for."""
    aliases: dict[str, str] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    aliases[alias.asname or top] = alias.name if alias.asname else top
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                for alias in node.names:
                    aliases[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return aliases


def logged_outputs(trees: Iterable[ast.AST], aliases: Mapping[str, str]) -> dict[str, str]:
    """Outputs beside variables: key and artifact type of what calls of `jupyter_kfp.log_...` make."""
    outputs: dict[str, str] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            first, _, rest = (dotted_name(node.func) or "").partition(".")
            path = ".".join(filter(None, [aliases.get(first, ""), rest]))
            package, _, function = path.partition(".")
            if package == "jupyter_kfp":
                outputs.update(_logged(function, node))
    return outputs


def _logged(function: str, call: ast.Call) -> dict[str, str]:
    if function in _LOG_TYPES:
        key, schema = _LOG_TYPES[function]
        return {key: schema}
    name = _argument(call, 1, "name")
    if not isinstance(name, str) or not name:
        return {}
    if function in _NAMED_LOG_TYPES:
        return {LOGGED_PREFIX + variable_key(name): _NAMED_LOG_TYPES[function]}
    if function == "log_artifact":
        declared = _argument(call, 2, "type")
        return {LOGGED_PREFIX + variable_key(name): declared if isinstance(declared, str) else ARTIFACT}
    return {}


def _argument(call: ast.Call, position: int, keyword: str) -> object:
    found = call.args[position] if position < len(call.args) else None
    for given in call.keywords:
        if given.arg == keyword:
            found = given.value
    return found.value if isinstance(found, ast.Constant) else None
