"""What the result of code that is not the notebook's may hold on to: a fitted model its data, a grouping its frame."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping

from jupyter_kfp.dataflow.expressions import dotted_name, last_name, shared_roots
from jupyter_kfp.dataflow.known_calls import IMMUTABLE_RESULTS, KEEPING_METHODS, READING_METHODS
from jupyter_kfp.dataflow.versions import Version

_FRESH_MODULES = frozenset({
    "numpy", "pandas", "math", "cmath", "statistics", "json", "os", "re", "random", "time", "datetime", "copy", "glob",
    "pathlib", "string", "matplotlib", "seaborn", "plotly", "altair", "sklearn", "sympy", "requests", "pickle", "sys",
    "joblib", "decimal", "fractions", "hashlib", "struct", "textwrap", "warnings", "logging", "IPython",
})  # fmt: skip
"""Modules whose functions, other than those in `known_calls`, give something that holds none of the arguments."""

_GROUPING = frozenset({"groupby", "rolling", "resample", "expanding", "ewm", "iterrows", "itertuples"})
"""Methods of frames and columns whose results hold them, and compute when asked."""

_FRESH_RESULTS = (READING_METHODS - _GROUPING) | IMMUTABLE_RESULTS | frozenset({
    # frames and arrays
    "dropna", "fillna", "merge", "join", "sort_values", "sort_index", "sort", "reset_index", "set_index", "rename",
    "drop", "drop_duplicates", "assign", "astype", "apply", "map", "applymap", "agg", "aggregate", "pivot", "melt",
    "pivot_table", "stack", "unstack", "explode", "replace", "query", "eval", "transform", "concat", "where", "mask",
    "interpolate", "ffill", "bfill", "reindex", "append", "add", "multiply", "divide", "subtract", "size", "get_group",
    "select_dtypes", "nsmallest", "cut", "get_dummies", "to_datetime", "to_period", "to_timestamp", "tz_localize",
    "tz_convert", "normalize", "extract", "contains", "cat", "strftime", "add_prefix", "add_suffix", "combine_first",
    "filter", "insert", "idxmax", "rename_axis", "copy", "tocsr", "toarray", "todense", "resid",
    # models
    "fit_transform", "fit_predict", "train_test_split", "cross_val_score", "score_samples", "sample", "rvs", "pdf",
    "cdf", "ppf", "logpdf", "linregress", "ttest_ind", "pearsonr", "spearmanr",
    # results of calls in general
    "read", "readlines", "load", "loads", "dumps", "json", "group", "groups", "findall", "split",
})  # fmt: skip
"""Functions and methods, by the last part of their name, whose result holds neither the object nor the arguments."""


def kept_roots(node: ast.expr | None, now: Mapping[str, Version], import_path: Callable[[str], str]) -> set[str]:
    """Names whose object the value of an expression may hold, since code that is not known was given it.

    What is known to share is not among them; see `expressions.shared_roots`.
    """
    match node:
        case ast.Attribute(value=inner) | ast.Starred(value=inner) | ast.Await(value=inner):
            return kept_roots(inner, now, import_path)
        case ast.Subscript(value=inner) | ast.NamedExpr(value=inner):
            return kept_roots(inner, now, import_path)
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Dict(values=parts) | ast.BoolOp(values=parts):
            return set().union(*(kept_roots(part, now, import_path) for part in parts))
        case ast.Call():
            return _kept_by_call(node, now, import_path)
    return set()


def _kept_by_call(node: ast.Call, now: Mapping[str, Version], import_path: Callable[[str], str]) -> set[str]:
    name = last_name(node.func)
    path = import_path(dotted_name(node.func) or "")
    known = now.get(node.func.id) if isinstance(node.func, ast.Name) else None
    if name in _FRESH_RESULTS or (path.partition(".")[0] in _FRESH_MODULES and not name[:1].isupper()):
        return set()
    if isinstance(node.func, ast.Name) and (known is None or known.body is not None):
        return set()  # a builtin, or a function of the notebook, which is looked into
    given: list[ast.expr] = [*node.args, *(keyword.value for keyword in node.keywords)]
    if not path and isinstance(node.func, ast.Attribute):
        given.append(node.func.value)
    kept = [shared_roots(part, {}) | kept_roots(part, now, import_path) for part in given]
    return set().union(*kept)


def kept_by_method(how: str, references: Iterable[tuple[str, bool]]) -> set[str]:
    """Names whose object a method that changes its own object may have kept, of those in its arguments.

    `how` is that of `Fact`: empty if what changes is no method.
    """
    if not (how.startswith(".") and how.endswith("()")) or how[1:-2] in KEEPING_METHODS:
        return set()
    return {name for name, only_called in references if not only_called}
