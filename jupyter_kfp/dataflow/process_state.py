"""State of the process that no variable holds: which functions and names of libraries set it, and who can see it.

Two kinds: *generators* of random numbers, which every draw changes, and *slots*, settings that stay until they are set
again. The questions here are about dotted paths, with the module that something comes from: ``numpy.random.seed``.
"""

from __future__ import annotations

import ast
import functools
import re

import msgspec

from jupyter_kfp.dataflow.module_state import module_of, module_state_statement
from jupyter_kfp.dataflow.state_slots import OTHER_SETTINGS, SLOTS, Slot


class Generator(msgspec.Struct, frozen=True, kw_only=True):
    """A generator that belongs to the process."""

    name: str
    """As the worker's `process_slots` knows it."""
    label: str
    """For messages."""
    seeds: frozenset[str]
    """Functions that set its state."""
    draws: re.Pattern[str]
    """Functions that use and change it."""

    @property
    def variable(self) -> str:
        """Name under which its state travels."""
        return f"_kfp_{self.name}"


_SEEDS_OF_ALL = frozenset({
    "keras.utils.set_random_seed", "tensorflow.keras.utils.set_random_seed", "transformers.set_seed",
    "transformers.trainer_utils.set_seed", "accelerate.utils.set_seed", "lightning.seed_everything",
    "pytorch_lightning.seed_everything", "lightning.pytorch.seed_everything", "fastai.torch_core.set_seed",
    "pytorch_lightning.utilities.seed.seed_everything",
})  # fmt: skip
"""Functions that seed the generators of Python and numpy, and that of their own library."""
_SEEDS_OF_TORCH = frozenset(path for path in _SEEDS_OF_ALL if "keras" not in path)
GENERATORS = (
    Generator(
        name="numpy_random",
        label="the state of numpy's random generator",
        seeds=frozenset({"numpy.random.seed", "numpy.random.set_state", "numpy.random.set_bit_generator"})
        | _SEEDS_OF_ALL,
        draws=re.compile(
            r"numpy\.random\.(?!default_rng|[A-Z]|get_state|seed|set_state|bit_generator|get_bit|set_bit|mtrand)[a-z_]+"
            r"|scipy\.stats\..*\.?(rvs|resample|bootstrap|permutation_test|monte_carlo_test)"
            r"|scipy\.(optimize\.(differential_evolution|dual_annealing|basinhopping)|sparse\.random(_array)?)"
            r"|imblearn\..*\.fit_resample"
            r"|statsmodels\..*\b(arma_generate_sample|generate_sample|simulate\w*|bootstrap\w*)"
            r"|seaborn\.(stripplot|catplot|factorplot|regplot|lmplot)"
            r"|networkx\.(.*\.)?(spring_layout|fruchterman_reingold_layout|random_layout|forceatlas2_layout|draw"
            r"|draw_networkx|draw_spring|draw_random|draw_forceatlas2)"
        ),
    ),
    Generator(
        name="python_random",
        label="the state of Python's random generator",
        seeds=frozenset({"random.seed", "random.setstate"}) | _SEEDS_OF_ALL,
        draws=re.compile(
            r"random\.(?!getstate|seed|setstate)[a-z]+"
            r"|networkx\.(.*\.)?(erdos_renyi_graph|binomial_graph|(?!random_layout|draw_)\w*random\w*"
            r"|\w*(barabasi|watts_strogatz|powerlaw|scale_free|preferential)\w*|configuration_model|waxman_graph"
            r"|expected_degree_graph|stochastic_block_model|planted_partition_graph|relaxed_caveman_graph"
            r"|\w*edge_swap|louvain_\w+|asyn_\w+|k_random_\w+)"
        ),
    ),
    Generator(
        name="torch_random",
        label="the state of torch's random generator",
        seeds=frozenset({"torch.manual_seed", "torch.random.manual_seed", "torch.seed", "torch.set_rng_state"})
        | _SEEDS_OF_TORCH,
        draws=re.compile(
            r"torch\.(rand\w*|normal|bernoulli|multinomial|poisson|nn\.(init\.)?\w+|utils\.data\.\w+)|torchvision\..*"
        ),
    ),
)
NUMPY, _, TORCH = GENERATORS
TORCH_ROOTS = frozenset({"torch", "torchvision", "lightning", "pytorch_lightning", "transformers", "fastai"})
"""Modules whose functions, layers and loaders may draw from torch's generator without saying so."""
UNCARRIED_SEEDS = frozenset({
    "tensorflow.random.set_seed", "tensorflow.random.set_random_seed", "tensorflow.set_random_seed",
    "keras.utils.set_random_seed", "tensorflow.keras.utils.set_random_seed",
})  # fmt: skip
"""Functions that seed a generator whose state nobody can read."""
UNCARRIED_ROOTS = frozenset({"tensorflow", "keras"})
"""Modules that draw from it."""
DRAWING_METHODS = frozenset({"sample", "rvs"})
FITTING_METHODS = frozenset({"fit", "fit_transform", "fit_predict", "fit_resample"})
"""Methods of objects of any library that may draw from numpy's generator."""
LOGGING_METHODS = frozenset({"setLevel", "addHandler", "removeHandler", "addFilter", "removeFilter"})
"""Methods by which loggers are set up, whatever name they have."""
UNKNOWN_METHODS = DRAWING_METHODS | FITTING_METHODS | LOGGING_METHODS
"""Methods that may touch state of the process, of objects of which nothing is known."""
_SKLEARN_DRAWS = re.compile(
    r"sklearn\.(.*\.)?(train_test_split|shuffle|resample|cross_val_\w+|cross_validate|make_(?!pipeline|union|scorer"
    r"|column_\w+)\w+|permutation_importance|k_means|kmeans_plusplus|learning_curve|validation_curve)"
)
_SKLEARN_RANDOM = re.compile(
    r"(sklearn|imblearn|lightgbm|xgboost)\..*(Forest|Tree|Boost|KMeans|MLP|SGD|TSNE|Random|Bagging|Shuffle|Perceptron"
    r"|Mixture|NMF|Dictionary|FastICA|Spectral|LatentDirichlet|SMOTE|ADASYN|Isolation|GaussianProcess|KFold"
    r"|PassiveAggressive|LinearSV|SparsePCA|Iterative)"
)
_SKLEARN_FITS = re.compile(_SKLEARN_RANDOM.pattern + r"\w*\.fit\w*")
_OTHER_NAMES = (
    (re.compile(r"numpy\.random\.mtrand(\._rand)?(?=\.|\Z)"), "numpy.random"),
    (re.compile(r"(matplotlib\.)?pylab(?=\.|\Z)"), "matplotlib.pyplot"),
)
CHOOSES_BACKEND = frozenset({"matplotlib.use", "matplotlib.pyplot.use", "matplotlib.pyplot.switch_backend"})
"""Functions that choose what plots are drawn with."""
_STATE_OBJECTS = re.compile(
    r"numpy\.random|os\.environ|sys\.path|warnings\.filters|logging\.root|pandas\.options(\..*)?"
    r"|(matplotlib|matplotlib\.pyplot)\.(rcParams|style|pyplot|rc)"
)


def _usual(path: str) -> str:
    """The usual one of several paths that lead to the same."""
    for pattern, usual in _OTHER_NAMES:
        path = pattern.sub(usual, path, count=1) if pattern.match(path) else path
    return path


@functools.lru_cache(maxsize=4096)
def seeded_generators(path: str) -> tuple[Generator, ...]:
    """The generators whose state a function sets; `path` is dotted, with the module that it comes from."""
    path = _usual(path)
    return tuple(generator for generator in GENERATORS if path in generator.seeds)


@functools.lru_cache(maxsize=4096)
def drawn_generator(path: str, keywords: tuple[str, ...]) -> Generator | None:
    """The generator that a function draws from; `keywords` are the names of its keyword arguments."""
    path = _usual(path)
    if "random_state" in keywords or "rng" in keywords:
        return None
    if _SKLEARN_DRAWS.fullmatch(path) or _SKLEARN_FITS.fullmatch(path):
        return NUMPY
    return next((generator for generator in GENERATORS if generator.draws.fullmatch(path)), None)


def fits_at_random(path: str, call: ast.Call) -> bool:
    """Whether an estimator, made by a call of the class `path`, draws from numpy's generator when it is fitted."""
    return bool(_SKLEARN_RANDOM.match(path)) and all(keyword.arg != "random_state" for keyword in call.keywords)


@functools.lru_cache(maxsize=4096)
def slot_of(path: str) -> Slot | None:
    """The slot that calling a function sets."""
    path = _usual(path)
    return next((slot for slot in SLOTS if slot.calls.fullmatch(path)), None)


def assigned_slot(path: str) -> Slot | None:
    """The slot that an attribute is part of, or an object whose items are set: ``sys.path``, ``os.environ``."""
    path = _usual(path)
    return next((slot for slot in SLOTS if slot.assigned.fullmatch(path)), None)


@functools.lru_cache(maxsize=4096)
def other_setting_module(path: str) -> str | None:
    """Of a function that sets what no slot holds: the module that has to be loaded for it to matter, else None."""
    return next((module for pattern, module in OTHER_SETTINGS if pattern.fullmatch(path)), None)


def is_setting(path: str) -> bool:
    """Whether calling a function changes how the process, or a library, behaves from now on."""
    return slot_of(path) is not None or other_setting_module(path) is not None


def touches_state(path: str, keywords: tuple[str, ...] = ()) -> bool:
    """Whether calling a function seeds, draws, or sets what can travel."""
    return bool(seeded_generators(path)) or drawn_generator(path, keywords) is not None or slot_of(path) is not None


def lasts(path: str, keywords: tuple[str, ...] = ()) -> bool:
    """Whether calling a function matters to what runs later: it seeds, draws, or sets something."""
    return touches_state(path, keywords) or other_setting_module(path) is not None


def stands_for_state(path: str) -> bool:
    """Whether a name bound to this is another name for state of the process, or for a function that touches it."""
    path = _usual(path)
    return _STATE_OBJECTS.fullmatch(path) is not None or lasts(path)


def state_label(variable: str) -> str:
    """What travels under a hidden name, for messages; empty for other variables."""
    module = module_of(variable)
    return f"the state of module “{module}”" if module else _LABELS.get(variable, "")


def is_state(variable: str) -> bool:
    """Whether a name is one under which state of the process travels."""
    return variable in _LABELS or bool(module_of(variable))


def state_statement(variable: str) -> str:
    """Source that binds such a name, in any step."""
    if module_of(variable):
        return module_state_statement(variable)
    return f"{variable} = __import__('jupyter_kfp.worker.carried_state', fromlist=['_']).carried({_NAMES[variable]!r})"


_LABELS = {one.variable: one.label for one in (*GENERATORS, *SLOTS)}
_NAMES = {one.variable: one.name for one in (*GENERATORS, *SLOTS)}
