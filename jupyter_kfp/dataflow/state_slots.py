"""Settings of the process and of libraries, in slots: what sets each, what restores it, who can see it."""

from __future__ import annotations

import re

import msgspec

_NOTHING = re.compile(r"(?!)")
PLOTTING = frozenset({"matplotlib", "seaborn", "mpl_toolkits", "pandas", "plotnine", "statsmodels", "networkx"})
"""Modules that draw with matplotlib."""
EVERYWHERE = frozenset({"os", "sys", "warnings", "locale", "logging", "decimal", "builtins", "gc", "signal", "socket"})
"""Modules whose settings any code may see."""


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """Settings that are read, carried and restored together.

    Their whole state can travel under a hidden variable: the worker's `process_slots` has a slot of the same name.
    """

    name: str
    label: str
    """For messages."""
    calls: re.Pattern[str]
    """Functions that set it."""
    assigned: re.Pattern[str] = _NOTHING
    """Attributes, or objects with items, that it consists of."""
    module: str = ""
    """Module that has to be loaded for it to matter; empty: it is there in every process."""
    seen_by: frozenset[str] = frozenset()
    """Of a slot of a library: top-level modules whose use may show it."""
    restored_by: frozenset[str] = frozenset()
    """Context managers, by the last part of their name, that put it back at their end."""
    follows: bool = False
    """What sets it takes the value from elsewhere in the process, so that it cannot be made again, only handed on."""
    shows_only: bool = False
    """It changes how values look, not what they are."""

    @property
    def variable(self) -> str:
        """Name under which its state travels."""
        return f"_kfp_{self.name}"


SLOTS = (
    Slot(
        name="environ",
        label="the environment variables",
        calls=re.compile(
            r"os\.(putenv|unsetenv|environ\.(update|setdefault|pop|popitem|clear|__setitem__|__delitem__))"
            r"|dotenv\.(main\.)?load_dotenv"
        ),
        assigned=re.compile(r"os\.environb?"),
        restored_by=frozenset({"dict", "patch", "environ", "modified_environ", "setenv"}),
    ),
    Slot(name="time_zone", label="the time zone", calls=re.compile(r"time\.tzset"), follows=True),
    Slot(
        name="folder",
        label="the working directory",
        calls=re.compile(r"os\.f?chdir"),
        restored_by=frozenset({"chdir"}),
    ),
    Slot(
        name="import_path",
        label="the search path of imports (sys.path)",
        calls=re.compile(r"sys\.path\.(append|insert|extend|remove|pop|clear|reverse|sort)|site\.addsitedir"),
        assigned=re.compile(r"sys\.path"),
    ),
    Slot(
        name="warning_filters",
        label="the filters of warnings",
        calls=re.compile(r"warnings\.(filterwarnings|simplefilter|resetwarnings|filters\.\w+)"),
        assigned=re.compile(r"warnings\.filters"),
        restored_by=frozenset({"catch_warnings"}),
        shows_only=True,
    ),
    Slot(
        name="logging",
        label="the levels and handlers of logging",
        calls=re.compile(
            r"logging\.(basicConfig|disable|captureWarnings|config\.(dict|file)Config|addLevelName|setLoggerClass)"
            r"|logging\.(getLogger|root)\.(setLevel|addHandler|removeHandler|addFilter|removeFilter)"
            r"|logging\.(getLogger|root)\.handlers\.\w+"
        ),
        assigned=re.compile(r"logging\.(getLogger|root)\.\w+(\.\w+)?"),
        shows_only=True,
    ),
    Slot(
        name="decimal_context",
        label="the context of decimal",
        calls=re.compile(r"decimal\.(setcontext|getcontext\.(clear_flags|clear_traps))"),
        assigned=re.compile(r"decimal\.getcontext\.\w+"),
        restored_by=frozenset({"localcontext"}),
    ),
    Slot(name="locale", label="the locale", calls=re.compile(r"locale\.(setlocale|resetlocale)")),
    Slot(
        name="limits",
        label="the limits of the interpreter",
        calls=re.compile(r"sys\.(setrecursionlimit|setswitchinterval|set_int_max_str_digits)"),
    ),
    Slot(name="socket_timeout", label="the timeout of sockets", calls=re.compile(r"socket\.setdefaulttimeout")),
    Slot(name="collector", label="the garbage collector", calls=re.compile(r"gc\.(enable|disable|set_threshold)")),
    Slot(
        name="numpy_print",
        label="the print options of numpy",
        module="numpy",
        seen_by=frozenset({"numpy", "pandas", "scipy", "sklearn"}),
        calls=re.compile(r"numpy\.(set_printoptions|core\.arrayprint\.set_printoptions)"),
        restored_by=frozenset({"printoptions"}),
        shows_only=True,
    ),
    Slot(
        name="numpy_errors",
        label="what numpy does on floating-point errors",
        module="numpy",
        seen_by=frozenset({"numpy", "pandas", "scipy", "sklearn"}),
        calls=re.compile(r"numpy\.(seterr|seterrcall)"),
        restored_by=frozenset({"errstate"}),
    ),
    Slot(
        name="pandas_options",
        label="the options of pandas",
        module="pandas",
        seen_by=frozenset({"pandas"}),
        calls=re.compile(
            r"pandas\.(set_option|reset_option|set_eng_float_format|options\..*"
            r"|_config\.config\.set_option|core\.config_init\..*)"
        ),
        assigned=re.compile(r"pandas\.options\..*"),
        restored_by=frozenset({"option_context"}),
        shows_only=True,
    ),
    Slot(
        name="plot_style",
        label="the style of matplotlib",
        module="matplotlib",
        seen_by=PLOTTING,
        calls=re.compile(
            r"(matplotlib|matplotlib\.pyplot)\.(rc|rcdefaults|rc_file|rc_file_defaults|style\.use|rcParams\.\w+)"
            r"|matplotlib\.style\.(core\.)?use|matplotlib\.pyplot\.(gray|jet|viridis|hot|cool|bone|set_cmap|xkcd)"
            r"|seaborn\.(set|set_theme|set_style|set_context|set_palette|set_color_codes|reset_\w+)"
        ),
        assigned=re.compile(r"(matplotlib|matplotlib\.pyplot)\.rcParams"),
        restored_by=frozenset({"rc_context", "context", "axes_style", "plotting_context", "color_palette", "xkcd"}),
        shows_only=True,
    ),
    Slot(
        name="sklearn_config",
        label="the configuration of scikit-learn",
        module="sklearn",
        seen_by=frozenset({"sklearn"}),
        calls=re.compile(r"sklearn\.(_config\.)?set_config"),
        restored_by=frozenset({"config_context"}),
    ),
)
OTHER_SETTINGS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"(IPython\.(core\.getipython\.)?)?get_ipython\."
            r"(display_formatter\.(.*\.)?(for_type|for_type_by_name|pop)|events\.(un)?register|set_custom_exc|set_hook"
            r"|(ast_transformers|input_transformers_cleanup|input_transformers_post)\.\w+|register_magic\w*"
            r"|enable_(gui|matplotlib|pylab)|magics_manager\.\w+|define_macro|alias_manager\.\w+)"
        ),
        "",
    ),
    (re.compile(r"tqdm\.(\w+\.)*pandas"), "pandas"),
    (re.compile(r"pandas\.(api\.extensions\.register_\w+|plotting\.(de)?register_matplotlib_converters)"), "pandas"),
    (re.compile(r"(matplotlib|matplotlib\.pyplot)\.(use|switch_backend)"), "matplotlib"),
    (re.compile(r"(matplotlib|matplotlib\.pyplot)\.(set_loglevel|register_cmap|colormaps\.register)"), "matplotlib"),
    (re.compile(r"matplotlib_inline\.backend_inline\.\w+|IPython\.display\.set_matplotlib_\w+"), "matplotlib.pyplot"),
    (re.compile(r"sympy\.(init_printing|init_session|interactive\.\w+)"), "sympy"),
    (re.compile(r"torch\.(set_\w+|use_deterministic_algorithms|backends\..*)"), "torch"),
    (
        re.compile(
            r"tensorflow\.(config\.(\w+\.)*(set_\w+|run_functions_eagerly|enable_\w+)|random\.set_seed"
            r"|get_logger\.setLevel|autograph\.set_verbosity)"
        ),
        "tensorflow",
    ),
    (re.compile(r"keras\.(utils\.set_random_seed|backend\.set_\w+|config\.(set|enable|disable)_\w+)"), "keras"),
    (re.compile(r"polars\.Config\.\w+|polars\.(enable|disable)_string_cache"), "polars"),
    (re.compile(r"plotly\.io\.(templates|renderers).*|plotly\.offline\.init_notebook_mode"), "plotly"),
    (re.compile(r"altair\.(data_transformers|renderers|themes|theme)\.\w+"), "altair"),
    (re.compile(r"holoviews\.(extension|notebook_extension|opts\.defaults)|hvplot\.extension"), "holoviews"),
    (re.compile(r"bokeh\.(io|plotting)\.(output_notebook|reset_output|curdoc.*)"), "bokeh"),
    (re.compile(r"(xarray|dask\.config|jax\.config|pint)\.(set_options|set|update|set_application_registry)"), ""),
    (re.compile(r"seaborn\.(set\w*|despine_defaults)"), "matplotlib"),
    (re.compile(r"os\.(umask|nice|setpriority)|faulthandler\.\w+|tracemalloc\.(start|stop)"), ""),
    (re.compile(r"signal\.(signal|alarm|setitimer)|sys\.(settrace|setprofile)|codecs\.register\w*"), ""),
    (re.compile(r"multiprocessing\.set_start_method|asyncio\.set_event_loop_policy|nest_asyncio\.apply"), ""),
    (re.compile(r"mlflow\.(set_tracking_uri|set_experiment|autolog|\w+\.autolog)"), "mlflow"),
    (re.compile(r"(csv|mimetypes|sqlite3|copyreg)\.(register_\w+|add_type|pickle)"), ""),
)
"""Settings that cannot be carried, only made again, with the module whose loading makes them matter."""
RESTORING = frozenset().union(*(slot.restored_by for slot in SLOTS))
"""Context managers, by the last part of their name, that put settings back."""
