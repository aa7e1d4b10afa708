"""Which calls change an object in place, which do not, and which give out a part of it.

Names of methods only: the type of the object is not known. What is in none of the tables counts as a change if its
result is discarded; the guard at run time covers what is wrongly taken for harmless.
"""

from __future__ import annotations

import ast

CONTAINER_METHODS = frozenset({
    "append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse", "appendleft", "extendleft", "popleft",
    "rotate", "add", "discard", "difference_update", "intersection_update", "symmetric_difference_update", "update",
    "setdefault", "popitem", "move_to_end", "subtract", "__setitem__", "__delitem__", "__setattr__", "__iadd__",
})  # fmt: skip
"""Methods of list, deque, set, dict and bytearray that change it."""

ESTIMATOR_METHODS = frozenset({
    "fit", "fit_transform", "fit_predict", "fit_resample", "partial_fit", "set_params", "fit_generator", "compile",
    "train_on_batch", "load_weights", "set_weights", "load_state_dict", "zero_grad", "backward", "eval", "train",
    "requires_grad_", "freeze", "add_module", "register_buffer", "register_parameter", "load_model",
})  # fmt: skip
"""Methods of estimators and networks that change them, but not the data that they were made with."""

CHANGING_METHODS = CONTAINER_METHODS | ESTIMATOR_METHODS | frozenset({
    # iterators, generators, queues, files
    "__next__", "send", "throw", "close", "put", "put_nowait", "get_nowait", "task_done", "write", "writelines",
    "readline", "readlines", "read", "seek", "truncate", "flush",
    # numpy, pandas
    "fill", "itemset", "resize", "setflags", "partition", "byteswap", "setfield", "set_flags",
    # random generators
    "seed", "shuffle", "random", "randint", "choice", "choices", "normal", "uniform", "standard_normal", "integers",
    "permutation", "permuted", "randrange", "gauss", "sample_", "bytes", "setstate",
    # database connections
    "execute", "executemany", "executescript", "commit", "rollback", "fetchone", "fetchmany", "fetchall",
})  # fmt: skip
"""Changes its object whether or not the result is used."""

AMBIGUOUS_METHODS = frozenset({
    # changes a list, set, file, generator, model, but reads a frame, text, path: counts only if the result is discarded
    "add", "subtract", "update", "insert", "remove", "eval", "train", "compile", "read", "random", "choice", "normal",
    "uniform", "bytes", "partition", "put", "execute", "close", "resize", "choices", "permutation", "integers",
    "standard_normal", "gauss", "byteswap", "load_model", "reverse", "sort",
})  # fmt: skip

READING_METHODS = frozenset({
    # shown at the end of a cell
    "head", "tail", "info", "describe", "plot", "show", "hist", "boxplot", "display", "summary", "sample",
    "value_counts",
    "memory_usage", "to_string", "to_html", "to_markdown", "to_latex", "print", "pprint", "dump", "dumps",
    # saved elsewhere
    "to_csv", "to_parquet", "to_excel", "to_json", "to_pickle", "to_feather", "to_hdf", "to_sql", "to_clipboard",
    "to_dict", "to_list", "tolist", "to_numpy", "to_frame", "to_records", "to_xarray", "to_arrow", "to_pandas", "save",
    "savefig", "savez", "save_model", "save_pretrained", "save_weights", "tofile", "write_csv", "write_parquet",
    "write_text", "write_bytes", "write_html", "write_image", "write_json",
    # reductions and looks
    "sum", "mean", "median", "std", "var", "min", "max", "count", "nunique", "unique", "mode", "quantile", "corr",
    "cov",
    "skew", "kurt", "sem", "mad", "prod", "product", "cumsum", "cumprod", "cummax", "cummin", "idxmax", "idxmin",
    "argmax", "argmin", "argsort", "nlargest", "nsmallest", "any", "all", "first", "last", "abs", "round", "clip",
    "diff",
    "pct_change", "rank", "shift", "isna", "isnull", "notna", "notnull", "duplicated", "isin", "between", "equals",
    "eq",
    "ne", "lt", "gt", "le", "ge", "keys", "items", "values", "get", "index", "copy", "deepcopy", "union",
    "intersection",
    "difference", "symmetric_difference", "issubset", "issuperset", "isdisjoint", "is_unique", "nbytes", "item", "dot",
    # new objects of the same kind
    "dropna", "fillna", "ffill", "bfill", "drop", "drop_duplicates", "rename", "reset_index", "set_index",
    "sort_values",
    "sort_index", "assign", "astype", "merge", "join", "query", "filter", "groupby", "agg", "aggregate", "apply", "map",
    "applymap", "transform", "pipe", "pivot", "pivot_table", "melt", "stack", "unstack", "explode", "rolling",
    "expanding",
    "ewm", "resample", "interpolate", "replace", "where", "mask", "transpose", "iterrows", "itertuples",
    "select_dtypes",
    "reindex", "select", "with_columns", "collect", "lazy", "glimpse", "limit", "droplevel", "compare", "crosstab",
    "reshape", "ravel", "flatten", "squeeze", "swapaxes", "repeat", "take", "nonzero", "view", "diagonal", "trace",
    "searchsorted", "round_", "conj", "T", "mul", "div", "truediv", "floordiv", "mod", "pow", "sub", "radd",
    # text, numbers, paths
    "format", "upper", "lower", "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "startswith", "endswith",
    "title", "capitalize", "casefold", "swapcase", "zfill", "center", "ljust", "rjust", "encode", "decode", "find",
    "rfind", "rindex", "isdigit", "isalpha", "isalnum", "isnumeric", "isspace", "isupper", "islower", "translate",
    "expandtabs", "removeprefix", "removesuffix", "is_integer", "as_integer_ratio", "bit_length", "hex", "strftime",
    "isoformat", "total_seconds", "date", "time", "timestamp", "weekday", "exists", "is_file", "is_dir", "mkdir",
    "unlink", "rmdir", "touch", "glob", "rglob", "iterdir", "read_text", "read_bytes", "resolve", "absolute", "stat",
    "as_posix", "with_suffix", "with_name", "relative_to", "expanduser",
    # fitted models
    "predict", "predict_proba", "predict_log_proba", "decision_function", "score", "get_params", "evaluate",
    "inverse_transform", "forecast", "get_feature_names_out", "feature_importances", "conf_int", "get_booster",
    "kneighbors", "cost_complexity_pruning_path", "get_prediction", "params", "state_dict", "parameters", "get_weights",
    "named_parameters", "cpu", "detach", "numpy", "size", "dim",
})  # fmt: skip
"""Leaves its object alone, also where the result is not used."""

SHARING_METHODS = frozenset({
    "get", "setdefault", "items", "values", "keys", "reshape", "ravel", "view", "transpose", "squeeze", "swapaxes",
    "diagonal", "to_numpy", "__getitem__", "__iter__", "pop", "popleft", "popitem", "peek", "iterrows", "itertuples",
    "elements", "most_common",
})  # fmt: skip
"""The result may be the object itself, a part of it or a view of it (of a shallow copy: its elements)."""

SHARING_FUNCTIONS = frozenset({
    "iter", "zip", "enumerate", "reversed", "list", "tuple", "sorted", "filter", "dict", "set", "next", "asarray",
    "asanyarray", "ravel", "atleast_1d", "atleast_2d", "memoryview", "getattr", "chain", "islice", "cycle", "partial",
    "cast", "copy", "vars", "type", "super", "SimpleNamespace", "deque", "min", "max", "ascontiguousarray",
    "masked_array", "asmatrix", "as_strided", "sliding_window_view", "frombuffer",
    "broadcast_to", "reshape", "transpose", "make_pipeline", "make_union", "make_column_transformer",
})  # fmt: skip
"""The result may hold the arguments or parts of them."""

ACCESSORS = frozenset({"plot", "hist", "str", "dt", "cat", "style"})
"""Attributes of frames and columns whose methods leave the frame alone: ``df.plot.bar()``."""

FIGURE_MAKERS = frozenset({
    "subplots", "subplot_mosaic", "figure", "Figure", "add_subplot", "gca", "gcf", "subplot", "axes", "subfigures",
    "plot", "boxplot",
})  # fmt: skip
"""Functions and methods, by the last part of their name, that give a figure, or axes that belong to one."""

CURRENT_FIGURE = frozenset({"gca", "gcf", "subplot", "axes"})
"""Those of them that give what was made last, or axes in it."""

FIGURE_READS = frozenset({
    "savefig", "show", "ravel", "flatten", "reshape", "tolist", "items", "keys", "values", "get", "copy", "to_html",
    "to_json", "write_html", "write_image", "write_json",
})  # fmt: skip
"""Methods of figures, of axes and of arrays of axes that change none of them; those named ``get_...`` neither."""

KEEPING_METHODS = frozenset({
    "append", "appendleft", "extend", "extendleft", "insert", "add", "update", "setdefault", "put", "put_nowait",
    "__setitem__", "__setattr__", "register", "attach", "add_child", "push",
})  # fmt: skip
"""The receiver holds the arguments afterwards."""

IMMUTABLE_RESULTS = frozenset({
    "abs", "ascii", "bin", "bool", "bytes", "chr", "complex", "Decimal", "Fraction", "float", "format", "hash", "hex",
    "id", "int", "isinstance", "issubclass", "len", "oct", "ord", "repr", "round", "str", "Path", "PurePath", "date",
    "datetime", "timedelta", "time", "perf_counter", "callable", "hasattr", "range", "frozenset", "join", "strip",
    "lower", "upper", "now", "today", "getenv", "all", "any", "UUID", "uuid4", "monotonic", "process_time", "nunique",
})  # fmt: skip
"""Functions and methods, by the last part of their name, whose result cannot be changed in place."""

GENERATOR_MAKERS = frozenset({
    "default_rng", "RandomState", "Random", "Generator", "PCG64", "manual_seed_all", "PRNGKey",
})  # fmt: skip
"""Functions, by the last part of their name, that make a random generator."""

GENERATOR_METHODS = frozenset({
    "random", "integers", "randint", "normal", "standard_normal", "uniform", "choice", "choices", "permutation",
    "permuted", "shuffle", "gauss", "randrange", "rand", "randn", "poisson", "binomial", "exponential", "beta", "gamma",
    "multivariate_normal", "dirichlet", "lognormal", "betavariate", "expovariate", "getrandbits",
})  # fmt: skip
"""Methods by which random generators are drawn from."""

CONSUMABLE_MAKERS = GENERATOR_MAKERS | frozenset({
    # iterators
    "iter", "map", "filter", "zip", "enumerate", "reversed", "cycle", "count", "islice", "chain", "accumulate",
    "permutations", "combinations", "product", "reader", "DictReader", "open", "StringIO", "BytesIO", "Queue",
})  # fmt: skip
"""Functions whose result changes whenever it is used: by any method, by a loop, as an argument."""

FIRST_ARGUMENT_CHANGED = frozenset({
    "setattr", "delattr", "next", "anext", "heappush", "heappop", "heapify", "heapreplace", "heappushpop", "insort",
    "insort_left", "insort_right", "shuffle", "copyto", "place", "putmask", "fill_diagonal", "put_along_axis",
    "setitem", "delitem", "iadd", "iconcat", "clip_grad_norm_", "clip_grad_value_", "sca",
})  # fmt: skip
"""Functions, by the last part of their name, that change their first argument."""

PLACE_BY_INDEX = frozenset({"put", "at"})
"""Functions of numpy, by the last part of their name, that change places of their first argument."""

STORING_FUNCTIONS = frozenset({
    "heappush", "heappushpop", "heapreplace", "insort", "insort_left", "insort_right",
})  # fmt: skip
"""Those of `FIRST_ARGUMENT_CHANGED` whose first argument holds the others afterwards."""

METACLASSES = frozenset({"type", "ABCMeta", "EnumMeta", "EnumType"})
"""Classes, by the last part of their name, whose instances are classes."""

BUILTIN_CONTAINERS = frozenset({"list", "dict", "set", "bytearray", "deque", "defaultdict", "OrderedDict", "Counter"})
"""Classes whose methods are sometimes called with the object as first argument."""

SILENT_CALLS = frozenset({"time.sleep", "sleep", "gc.collect"})
"""Calls for an effect that nobody sees."""

_RESULT_KEEPERS = frozenset({"lru_cache", "cache", "cached", "memoize", "memoized"})


def keeps_results(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a decorator keeps the results of a function, as `functools.lru_cache` does."""
    bare = [one.func if isinstance(one, ast.Call) else one for one in node.decorator_list]
    return any((getattr(one, "attr", None) or getattr(one, "id", "")) in _RESULT_KEEPERS for one in bare)


def changes_receiver(method: str, *, discarded: bool) -> bool | None:
    """Whether calling the method changes its object; None if nothing is known of it."""
    if method.endswith("_") and not method.startswith("_") and method != "round_":
        return True  # torch: add_, zero_ ...
    if method in CHANGING_METHODS:
        return discarded or method not in AMBIGUOUS_METHODS
    return False if method in READING_METHODS or method.startswith("is_") else None
