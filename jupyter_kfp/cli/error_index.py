"""Errors beside the findings about notebooks: what each code means and what helps, for ``explain`` and the docs.

A test sees to it that every code from KFP200 that the package raises is here, and no other.
"""

from __future__ import annotations

from typing import NamedTuple

AREAS = {
    "KFP2": "Usage and input: the command line, pipelines, parameters, runs",
    "KFP3": "Running: steps, their inputs and outputs, kernels",
    "KFP4": "Storage: artifacts, metadata, the folder of runs",
    "KFP5": "Environment: kernels, this machine, files",
}
"""By the beginning of the code."""


class ErrorEntry(NamedTuple):
    """What a code means."""

    meaning: str
    remedy: str


_DECLARE_OR_COPY = (
    "In the notebook the later cell would see the change; which is meant is not guessed. If it should: "
    "`jupyter kfp fix NOTEBOOK RUN` writes `kfp.mutates` into the step's metadata. If not, change a copy."
)
_SET_AGAIN = (
    "A warning: the step itself is right. If later steps need the setting, make the call in a cell tagged `setup`, or "
    "again in each step that needs it."
)

ERRORS: dict[str, ErrorEntry] = {
    code: ErrorEntry(meaning, remedy)
    for code, meaning, remedy in (
        ("KFP211", "No run has this id.", "`jupyter kfp runs` lists the runs; `last` is the newest."),
        ("KFP212", "Several runs have an id that begins like this.", "Write more of it."),
        ("KFP213", "The run has no task of this path.", "`jupyter kfp show RUN --json` has the paths."),
        ("KFP221", "The file of a pipeline is missing, unreadable or too large.", "Check the path."),
        ("KFP222", "The file of a pipeline is not YAML.", "The message has the line; compile the notebook again."),
        ("KFP223", "The YAML is not a KFP v2 pipeline: a field has the wrong type.", "Compile the pipeline again."),
        ("KFP224", "A part of the pipeline contradicts another.", "The message names the field; compile it again."),
        (
            "KFP225",
            "The file is something else than a KFP v2 pipeline.",
            "Compile it with the KFP SDK 2.",
        ),
        ("KFP231", "The pipeline uses something that runs here do not support yet.", "Run it on a KFP server."),
        ("KFP232", "The pipeline has no tasks, or a task refers to what is not there.", "Compile it again."),
        (
            "KFP236",
            "The run is not in a state in which it can be paused or resumed.",
            "`jupyter kfp show` tells its state.",
        ),
        (
            "KFP241",
            "The text of a parameter cannot be read as its type.",
            'Write it as JSON: `-p \'names=["a", "b"]\'`.',
        ),
        ("KFP242", "A parameter without a default was not given.", "Give it: `-p NAME=VALUE`."),
        ("KFP243", "A parameter has a value of another type than it is declared with.", "Give a value of its type."),
        ("KFP244", "The pipeline has no such parameter.", "The hint lists those that it has."),
        ("KFP245", "`--from`, `--only` or `--force` names a step that is not there.", "The hint lists the steps."),
        ("KFP246", "A selected step reads what a step makes that is not selected and never ran.", "Select that, too."),
        ("KFP247", "A run that goes on cannot be deleted.", "Cancel it first."),
        ("KFP248", "Only failed and canceled runs can be retried.", "Start a new run."),
        ("KFP249", "The run has ended, so it cannot be canceled.", "Nothing is left to do."),
        ("KFP251", "An argument is missing or too many.", "`--help` of the command shows its usage."),
        ("KFP252", "There is no such command, option or setting.", "`--help` lists them."),
        ("KFP253", "A parameter was not given as name=value.", "Write `-p NAME=VALUE`."),
        ("KFP254", "The file of parameters cannot be read.", "Check the path."),
        ("KFP255", "The file of parameters is neither JSON nor YAML.", "The message has the line."),
        ("KFP256", "The file of parameters is no mapping of names to values.", "Write `name: value` lines."),
        ("KFP257", "A parameter is given twice with different values.", "Give it once."),
        ("KFP259", "A configuration file is missing or broken.", "The message has the line."),
        ("KFP260", "A setting has an impossible value.", "`jupyter kfp --help-all` lists the settings."),
        ("KFP261", "The run has no such artifact, or several.", "`jupyter kfp artifacts RUN` lists them."),
        ("KFP262", "There is no step of this name.", "The hint lists the steps."),
        ("KFP263", "A deletion must be confirmed, and there is no terminal.", "Add `--yes`."),
        ("KFP264", "The step had fewer attempts.", "Leave `--attempt` out for the last."),
        ("KFP266", "The target of a copy exists, or its folder does not.", "Choose another place."),
        ("KFP267", "No page explains this code.", "Check its number."),
        ("KFP268", "The suffix of the file does not say how to draw the graph.", "Give `--format`."),
        ("KFP269", "The command was interrupted.", "A run that was started goes on: `jupyter kfp attach last`."),
        ("KFP270", "The notebook changed while it was being mended.", "Run the command again."),
        ("KFP271", "The run is not one of this notebook.", "Name the notebook that the run was made from."),
        ("KFP272", "Nothing in the run can be mended by `jupyter kfp fix`.", "`jupyter kfp show RUN` has its errors."),
        ("KFP273", "The step has changed in the notebook since the run.", "Run the notebook again, then fix that run."),
        (
            "KFP301",
            "A step should get what was not made.",
            "Run the step that makes it with `--force`.",
        ),
        ("KFP302", "A step was to be given a parameter of the wrong type.", "Look at what the step before makes."),
        ("KFP303", "The process of the run died again and again.", "Often memory ran out: use `--max-parallel 1`."),
        ("KFP304", "The condition of a task cannot be evaluated.", "The message has the reason."),
        ("KFP305", "A part of a parameter is asked for that it does not have.", "Look at what the step before makes."),
        ("KFP306", "A placeholder is not known, or its input has no value.", "The message names it."),
        ("KFP307", "A placeholder `Concat` or `IfPresent` is written wrongly.", "Compile it with the KFP SDK."),
        ("KFP308", "The run as a whole took longer than its timeout.", "Raise `activeDeadlineSeconds` of it."),
        ("KFP309", "The run itself failed, not one of its steps.", "The message has the reason."),
        ("KFP310", "Setup raised while it was replayed before a step.", "The message has cell and line."),
        ("KFP311", "A variable could not be saved: memory or disk ran out.", "Free some, or hand on less."),
        ("KFP312", "An input is missing or damaged in the store.", "Run the step that makes it with `--force`."),
        ("KFP313", "A variable has a type that cannot be saved.", "Hand on what it is made from, as the hint says."),
        ("KFP314", "A later step reads a variable that was not bound when the step ended.", "Bind it on all paths."),
        ("KFP315", "Two variables of different steps share an object.", "Copy one, or make both in one step."),
        ("KFP316", "A step changed in place what a later step reads.", _DECLARE_OR_COPY),
        ("KFP317", "An input cannot be loaded.", "Import or define what it needs in a cell tagged `setup`."),
        ("KFP318", "A variable that travels as a KFP parameter has no value that JSON can hold.", "See the hint."),
        ("KFP319", "The session of a step failed by a fault of jupyter_kfp.", "Please report it."),
        ("KFP321", "A metric, or its step, is no finite number.", "Log a number."),
        ("KFP322", "A name to log under is empty, too long or no text.", "Choose another name."),
        ("KFP323", "Logged parameters are not JSON data.", "Log text of them."),
        ("KFP324", "A file that is to be logged is not there.", "Check the path."),
        ("KFP325", "An artifact is logged with a type that KFP does not have.", "The hint lists the types."),
        ("KFP326", "A figure cannot be drawn.", "Log a matplotlib, plotly or altair figure."),
        ("KFP327", "A confusion matrix does not fit its labels.", "Give one row and column per label."),
        ("KFP328", "The values of a ROC curve do not fit together.", "Give three sequences of one length."),
        ("KFP329", "What is logged cannot be written.", "See whether the disk is full."),
        (
            "KFP330",
            "A step changed data in one of the user's modules that later steps use, and it cannot be saved.",
            "The hint names the part; or put the cells that use it into one step.",
        ),
        (
            "KFP331",
            "A step changed data in one of the user's modules, unseen by the compiler, and later steps use the module.",
            "Change it where its name is written, so that it is handed on; or keep it in a variable of the notebook.",
        ),
        ("KFP333", "A pipeline or step lacks the content of one of the user's modules.", "Compile the notebook again."),
        ("KFP335", "Code that a step called changed state of its process, which later steps do not have.", _SET_AGAIN),
        (
            "KFP336",
            "Code that a step called drew from a random generator that another step seeds, unseen by the compiler.",
            "Seed it in this step, too; pass a seed to what draws; or put the cells into one step.",
        ),
        ("KFP345", "A declared file (`kfp.files`) is not there when its step ends.", "Write it, or do not declare it."),
        ("KFP346", "A file of an earlier step cannot be put in its place.", "Check who may write there."),
        (
            "KFP347",
            "Steps used a file in another order than that of the notebook, and nothing says which comes first.",
            "Tag a cell of the later step with `after:STEP`, or hand the data on in a variable.",
        ),
        (
            "KFP348",
            "A thread or an asyncio task that a step started has not ended with its last cell.",
            "A warning. Wait for it in the step that starts it, or put the cells that need it into that step.",
        ),
        ("KFP350", "The worker's arguments cannot be read.", "See the message."),
        ("KFP351", "The step was compiled for another version of the worker.", "Compile the notebook again."),
        ("KFP352", "The executor input is not KFP's.", "Run the pipeline by jupyter_kfp or a KFP server."),
        ("KFP353", "The pipeline and the step's code do not fit together.", "Compile the notebook again."),
        ("KFP361", "A cell raised an exception.", "The message has cell and line."),
        ("KFP362", "The kernel of a step died.", "Often memory ran out: give the step more, or run fewer at once."),
        ("KFP363", "The kernel of a step did not start.", "`jupyter kfp doctor` looks for the reason."),
        ("KFP364", "The kernel of the notebook is not installed here.", "Install it, or choose another."),
        ("KFP365", "A cell ended the kernel by exit() or quit().", "Put the rest of the cell under an if."),
        ("KFP366", "Variables cannot cross to a kernel of another language.", "Exchange files."),
        ("KFP367", "The kernel's environment lacks what steps need.", "Install jupyter_kfp in it."),
        ("KFP368", "Code of jupyter_kfp failed inside the kernel.", "Please report it."),
        ("KFP369", "A step ended without the outputs that it declares.", "Compile the notebook again."),
        ("KFP370", "A file of a step cannot be written.", "Free some space, or move `JUPYTER_KFP_HOME`."),
        ("KFP378", "A task wrote no file for an output artifact (a warning).", "Write to the path that it is given."),
        ("KFP380", "The process of a step ended without a word.", "Often memory ran out."),
        ("KFP381", "A step took longer than its timeout.", "Raise `kfp.timeout` of the step."),
        ("KFP382", "A step used more memory than its limit.", "Raise `kfp.memory` of the step."),
        ("KFP383", "The process of a step could not be started.", "See the message."),
        ("KFP384", "The folder of a step cannot be written.", "Free some space, or move `JUPYTER_KFP_HOME`."),
        ("KFP385", "The process of a step was lost while nobody watched it.", "Retry the run."),
        ("KFP386", "The program of a task cannot be started.", "The message has the reason."),
        ("KFP387", "The packages of a task cannot be installed.", "The task's log has what the installer printed."),
        ("KFP388", "No virtual environment can be made for a task's packages.", "Install uv, or Python's venv."),
        ("KFP389", "The folder of environments cannot be written.", "Free space: `jupyter kfp cache prune`."),
        ("KFP390", "A container would run without its image.", "Leave `--strict-images` out, or run it elsewhere."),
        ("KFP391", "The command of a step was written by another version.", "Compile the notebook again."),
        ("KFP392", "A step wants more than this machine has.", "Ask for less, or run it elsewhere."),
        ("KFP393", "A limit of a task cannot be read.", "Write it as Kubernetes does: `500m`, `4Gi`."),
        ("KFP394", "A module is to be preloaded that does not survive a fork.", "Take it out of the setting."),
        ("KFP395", "The program of a task failed.", "The message and the task's log have the reason."),
        ("KFP396", "An output parameter of a task is missing or of the wrong type.", "The message names it."),
        ("KFP397", "The file of outputs that a task wrote is no JSON, or not of KFP's form.", "The message has more."),
        ("KFP398", "An artifact cannot be imported, or lies where it cannot be read.", "Check its address."),
        ("KFP399", "A task left processes behind, which were stopped (a warning).", "Wait for them in the task."),
        ("KFP401", "An artifact is not in the store.", "Run the step that makes it with `--force`."),
        ("KFP402", "A content does not match its digest.", "Remove the file, and run the step with `--force`."),
        ("KFP403", "The disk is full.", "Free space, delete runs, or move the folder."),
        ("KFP404", "A file may not be read or written.", "Check its owner, or set `JUPYTER_KFP_HOME`."),
        ("KFP405", "The disk or its file system refused.", "The message has the reason."),
        ("KFP406", "A text that is no digest was used as one.", "Compile the pipeline again."),
        ("KFP407", "A folder holds what cannot be stored, such as a socket.", "Copy what is wanted elsewhere."),
        ("KFP411", "Two processes wrote the log of one run.", "None: the second reads and decides again."),
        ("KFP412", "A run of this id exists already.", "Start another."),
        ("KFP421", "A newer version made the database.", "Install that version, or use another folder."),
        ("KFP422", "The database is damaged, locked or unreachable.", "The hint says what applies."),
        ("KFP423", "The database's URL is none, or its driver is missing.", "Install the driver."),
        ("KFP441", "Tasks of a pipeline wait for one another.", "Compile it again."),
        ("KFP442", "A task refers to what the pipeline does not have.", "Compile it again."),
        ("KFP451", "The folder of runs cannot be used.", "Set `JUPYTER_KFP_HOME` to another."),
        ("KFP452", "Too little space is free to begin a run.", "Free some."),
        ("KFP453", "The folder of the run cannot be written.", "Check its owner."),
        ("KFP454", "Another process holds the run.", "Try again in a moment."),
        ("KFP455", "The process of a run did not start.", "`jupyter kfp doctor` looks for the reason."),
        ("KFP501", "The kernel of the notebook is not installed.", "Install it, or choose another."),
        ("KFP502", "The file of a kernel is broken.", "Install the kernel again."),
        ("KFP503", "A step wants a secret or volume that this machine does not have.", "See the hint."),
        ("KFP504", "The program of a task is not on this machine.", "Install it, or run the pipeline elsewhere."),
        ("KFP505", "A task does what only a cluster can, such as making a volume.", "Run the pipeline on a cluster."),
        ("KFP508", "The file of secrets cannot be read.", "The message has the form that it must have."),
        ("KFP520", "An unexpected error.", "Please report it, with the log that the message names."),
        ("KFP521", "A file cannot be written.", "Choose another place."),
        ("KFP522", "An artifact cannot be copied or opened.", "Choose another place."),
    )
}
