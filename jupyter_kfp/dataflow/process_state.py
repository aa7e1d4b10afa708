"""State of the process that no variable holds: which calls and assignments touch it.

* Generators of random numbers: once a notebook seeds one, its state is treated as a variable that every draw changes.
* Settings of libraries and of Python (options, environment variables, search path): what a step sets is set again in
  the later steps that could see it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

import msgspec


class Generator(msgspec.Struct, frozen=True, kw_only=True):
    """A generator that belongs to the process."""

    variable: str
    """Name under which its state travels."""
    statement: str
    """Source that binds this name, in any step."""
    seeds: frozenset[str]
    """Functions that set its state."""
    draws: re.Pattern[str]
    """Functions that use and change it."""


_CARRIED = "from jupyter_kfp.worker.carried_state import {} as {}"
GENERATORS = (
    Generator(
        variable="_kfp_numpy_random",
        statement=_CARRIED.format("numpy_random", "_kfp_numpy_random"),
        seeds=frozenset({"numpy.random.seed", "numpy.random.set_state"}),
        draws=re.compile(r"numpy\.random\.(?!default_rng|[A-Z]|get_state|seed|set_state|bit_generator)[a-z_]+"),
    ),
    Generator(
        variable="_kfp_python_random",
        statement=_CARRIED.format("python_random", "_kfp_python_random"),
        seeds=frozenset({"random.seed", "random.setstate"}),
        draws=re.compile(r"random\.(?!getstate|seed|setstate)[a-z]+"),
    ),
    Generator(
        variable="_kfp_torch_random",
        statement=_CARRIED.format("torch_random", "_kfp_torch_random"),
        seeds=frozenset({"torch.manual_seed", "torch.random.manual_seed", "torch.seed", "torch.set_rng_state"}),
        draws=re.compile(
            r"torch\.(rand\w*|normal|bernoulli|multinomial|poisson|nn\.(init\.)?\w+|utils\.data\.\w+)|torchvision\..*"
        ),
    ),
)
NUMPY = GENERATORS[0]
_SKLEARN_DRAWS = re.compile(
    r"sklearn\.(.*\.)?(train_test_split|shuffle|resample|cross_val_\w+|cross_validate|make_\w+|permutation_importance)"
)
_SKLEARN_RANDOM = re.compile(
    r"sklearn\..*(Forest|Tree|Boost|KMeans|MLP|SGD|TSNE|Random|Bagging|Shuffle|Perceptron|Mixture|NMF|Dictionary|FastICA)"
)
_SKLEARN_FITS = re.compile(_SKLEARN_RANDOM.pattern + r"\w*\.fit\w*")
_SETTING_CALLS = re.compile(
    r"os\.(chdir|putenv|unsetenv|umask|environ\.(update|setdefault|pop|clear))"
    r"|sys\.(path\.(append|insert|extend|remove)|setrecursionlimit)"
    r"|warnings\.(filterwarnings|simplefilter|resetwarnings)|locale\.setlocale"
    r"|logging\.(basicConfig|disable)"
    r"|pandas\.(set_option|reset_option|options\..*)"
    r"|decimal\.setcontext"
    r"|numpy\.(set_printoptions|seterr)"
    r"|(matplotlib|matplotlib\.pyplot)\.(rc|rcdefaults|use|style\.use|switch_backend|rcParams\.update|set_loglevel)"
    r"|seaborn\.(set|set_theme|set_style|set_context|set_palette|despine_defaults)"
    r"|sklearn\.set_config|torch\.(set_default_dtype|set_default_device|set_num_threads|use_deterministic_algorithms)"
    r"|polars\.Config\.\w+|plotly\.io\.templates.*|tensorflow\.random\.set_seed"
)
_LASTING = re.compile(r"os\.chdir|decimal\.|locale\.|(pandas|numpy)\.set_|torch\.set_default")
_ENVIRONMENT = re.compile(r"(\w+)(?:\s*=\s*|\s+)(.*)", re.DOTALL)
_EXPANDED = re.compile(r"[${}~]|\A-")
_EVERYWHERE = frozenset({"os", "sys", "warnings", "locale", "logging", "decimal"})
_RELATED = {"matplotlib": frozenset({"matplotlib", "seaborn"}), "seaborn": frozenset({"matplotlib", "seaborn"})}


def seeded_generator(path: str) -> Generator | None:
    """The generator whose state a function sets; `path` is dotted, with the module that it comes from."""
    return next((generator for generator in GENERATORS if path in generator.seeds), None)


def drawn_generator(path: str, keywords: Sequence[str]) -> Generator | None:
    """The generator that a function draws from; `keywords` are the names of its keyword arguments."""
    if "random_state" not in keywords and (_SKLEARN_DRAWS.fullmatch(path) or _SKLEARN_FITS.fullmatch(path)):
        return NUMPY
    return next((generator for generator in GENERATORS if generator.draws.fullmatch(path)), None)


def fits_at_random(path: str, call: ast.Call) -> bool:
    """Whether an estimator, made by a call of the class `path`, draws from numpy's generator when it is fitted."""
    return bool(_SKLEARN_RANDOM.match(path)) and all(keyword.arg != "random_state" for keyword in call.keywords)


def is_setting(path: str) -> bool:
    """Whether a function changes how the process, or a library, behaves from now on."""
    return _SETTING_CALLS.fullmatch(path) is not None


def is_lasting_setting(path: str) -> bool:
    """Whether a setting made by a function is most likely meant to last: not one that a plot makes for itself."""
    return is_setting(path) and _LASTING.match(path) is not None


def magic_setting(magic: str, text: str) -> str | None:
    """Source that does what a magic does to the process; empty if its text is not literal, None if it does nothing."""
    text = text.strip()
    if magic == "cd":
        folder = text.strip("'\"")
        is_plain = bool(folder) and not folder.startswith("-") and not _EXPANDED.search(folder)
        return f"get_ipython().run_line_magic('cd', {'-q ' + text!r})" if is_plain else ""
    if magic in {"env", "set_env"} and (assigned := _ENVIRONMENT.fullmatch(text)):
        name, value = assigned.groups()
        return "" if _EXPANDED.search(value) else f'__import__("os").environ[{name!r}] = {value!r}'
    return "" if magic in {"pushd", "popd"} else None


def may_see(setting_root: str, imported_roots: set[str]) -> bool:
    """Whether code that uses the modules `imported_roots` could see a setting of the module `setting_root`."""
    if setting_root in _EVERYWHERE:
        return True
    return bool(_RELATED.get(setting_root, frozenset({setting_root})) & imported_roots)
