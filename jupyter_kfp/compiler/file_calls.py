"""What calls do with files: which they read, write, remove, and which folders they make."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Iterator

from jupyter_kfp.compiler.database_calls import database_name, is_url, only_reads, opens_database
from jupyter_kfp.compiler.text_values import ANY, UNKNOWN, TextReader, Texts, UseKind
from jupyter_kfp.dataflow.expressions import dotted_name, last_name

CallUse = tuple[UseKind, str]
"""What is done, and with what; `ANY` in the name is any text."""

_READERS = re.compile(
    r"read_\w+|scan_\w+|load|loadtxt|genfromtxt|fromfile|memmap|imread|open_\w+|load_\w+|from_pretrained|from_file"
    r"|ImageFolder|read|parse|unpack_archive"
)
_WRITERS = re.compile(
    r"to_(csv|parquet|json|excel|pickle|feather|hdf|html|markdown|latex|stata|orc|xml|netcdf|zarr|file|gbq|delta)"
    r"|savefig|imsave|save|savez|savez_compressed|savetxt|tofile|save_model|save_pretrained|save_weights|dump|imwrite"
    r"|write_(csv|parquet|json|html|image|table|ipc|excel|video|file)|export_\w+|sink_\w+|dump_svmlight_file"
)
_OBJECT_FIRST = frozenset({"dump", "save", "write_table", "save_model"})
"""The file may be the second argument: ``joblib.dump(model, "model.joblib")``."""
_FILE_KEYWORDS = frozenset({
    "path_or_buf", "path", "fname", "file", "filename", "excel_writer", "buf", "filepath", "fp", "filepath_or_buffer",
})  # fmt: skip
_OPENERS = frozenset(
    {"open", "ZipFile", "TarFile", "GzipFile", "BZ2File", "LZMAFile", "File", "Dataset", "HDFStore", "FileIO"}
)
_PATH_WRITES = frozenset({"write_text", "write_bytes", "touch", "unlink", "rmdir", "symlink_to", "hardlink_to"})
_PATH_READS = frozenset({"read_text", "read_bytes", "exists", "is_file", "is_dir", "stat"})
_REMOVES = frozenset({"os.remove", "os.unlink", "os.rmdir", "os.removedirs", "os.truncate"})
_CHECKS = frozenset({"stat", "exists", "isfile", "isdir", "getsize", "getmtime"})
_LISTS = frozenset({"os.listdir", "os.scandir", "os.walk", "listdir", "scandir", "walk"})
_GLOBS = frozenset({"glob", "iglob", "rglob"})
_COPIES = frozenset({"copy", "copy2", "copyfile", "copytree"})
_TEXT_ONLY = frozenset({"Path", "PurePath", "join", "abspath", "dirname", "basename", "splitext", "print", "format"})
_LOOKS_LIKE_A_FILE = re.compile(r"(?!.*://)(?!.*\n).{0,250}(/|\.\w{1,8}\Z).{0,250}")


def call_uses(node: ast.Call, reader: TextReader) -> Iterator[CallUse]:
    """Uses of files by a call itself, not by its arguments."""
    name, path = last_name(node.func), dotted_name(node.func) or last_name(node.func)
    called = _Call(node, reader)
    known = list(_known_uses(name, path, called))
    yield from known
    if not opens_database(node):
        yield from _urls(called)
    if not known and name not in _TEXT_ONLY and not isinstance(node.func, ast.Call):
        yield from _possible_uses(called)


def _urls(called: _Call) -> Iterator[CallUse]:
    """Of databases that are named to something that connects by itself, such as ``df.to_sql("t", "sqlite:///x.db")``."""
    for text in (text for texts in called.all_arguments() for text in texts if is_url(text)):
        name = database_name(text)
        if name is not None:
            yield "read" if only_reads(called.node) else "write", name


class _Call:
    """A call and its arguments as texts."""

    def __init__(self, node: ast.Call, reader: TextReader) -> None:
        self.node = node
        self._reader = reader

    @property
    def receiver(self) -> Texts:
        """Of ``p.open()`` what p may be."""
        return self._reader.texts(self.node.func.value) if isinstance(self.node.func, ast.Attribute) else UNKNOWN

    def argument(self, position: int, *keywords: str) -> Texts:
        for keyword in self.node.keywords:
            if keyword.arg in keywords:
                return self._reader.texts(keyword.value)
        return self._reader.texts(self.node.args[position]) if position < len(self.node.args) else UNKNOWN

    def all_arguments(self) -> Iterator[Texts]:
        for node in (*self.node.args, *(keyword.value for keyword in self.node.keywords)):
            yield self._reader.texts(node) or self._reader.items(node)

    def files(self, count: int) -> Iterator[str]:
        """Texts of the first arguments, and of those that keywords call a file."""
        for node in self.node.args[:count]:
            yield from self._reader.texts(node)
        for keyword in self.node.keywords:
            if keyword.arg in _FILE_KEYWORDS:
                yield from self._reader.texts(keyword.value)


def _known_uses(name: str, path: str, called: _Call) -> Iterator[CallUse]:
    module = path.partition(".")[0]
    if opens_database(called.node):
        yield from _connected(called)
    elif name in _OPENERS:
        yield from _opened(name, called)
    elif name in {"makedirs", "mkdir"}:
        for text in called.receiver if name == "mkdir" and module != "os" else called.argument(0, "name", "path"):
            yield "make", text
    elif path in _REMOVES or path in {"os.rename", "os.renames", "os.replace", "os.link", "os.symlink"}:
        yield from (("write", text) for texts in called.all_arguments() for text in texts)
    elif module == "shutil" or name == "rmtree":
        yield from _moved(name, called)
    elif path in _LISTS or name in _GLOBS or name in _CHECKS:
        yield from _looked_at(name, called)
    elif name in {"extractall", "extract"}:
        yield from (("write", f"{text}/{ANY}") for text in called.argument(0 if name == "extractall" else 1, "path"))
    elif name in {"urlretrieve", "download", "cached_download"}:
        yield from (("write", text) for text in called.argument(1, "filename", "out", "output"))
    else:
        yield from _of_method(name, called)


def handle_uses(node: ast.Call, reader: TextReader) -> frozenset[CallUse]:
    """What whoever uses the result of a call does with files; nothing unless it opens one, or a database."""
    called = _Call(node, reader)
    if opens_database(node):
        return frozenset(_connected(called))
    return frozenset(_opened(name, called)) if (name := last_name(node.func)) in _OPENERS else frozenset()


def _connected(called: _Call) -> Iterator[CallUse]:
    given = {keyword.arg: keyword.value for keyword in called.node.keywords}
    is_read_only = isinstance(value := given.get("read_only"), ast.Constant) and value.value is True
    for text in called.argument(0, "database", "url", "filename", "file"):
        name = database_name(text)
        if name is not None:
            yield "read" if is_read_only or "mode=ro" in text else "write", name


def _looked_at(name: str, called: _Call) -> Iterator[CallUse]:
    if name in _GLOBS:
        yield from _matched(called)
    elif name in _CHECKS:
        yield from (("read", text) for text in called.argument(0, "path") or called.receiver)
    else:
        yield from _within(called.argument(0, "path", "top") or frozenset({"."} if not called.node.args else ()))


def _of_method(name: str, called: _Call) -> Iterator[CallUse]:
    if name in _PATH_WRITES and isinstance(called.node.func, ast.Attribute):
        yield from (("write", text) for text in called.receiver)
    elif name in _PATH_READS and isinstance(called.node.func, ast.Attribute):
        yield from (("read", text) for text in called.receiver)
    elif name == "iterdir":
        yield from _within(called.receiver)
    elif name in {"rename", "replace"} and called.receiver and len(called.node.args) == 1:
        yield from (("write", text) for text in called.receiver | called.argument(0))
    elif _WRITERS.fullmatch(name):
        yield from (("write", text) for text in called.files(2 if name in _OBJECT_FIRST else 1))
    elif _READERS.fullmatch(name):
        for text in called.files(1):
            yield "read", text
            if not posixpath.splitext(text)[1] or text.endswith(ANY):
                yield "read", f"{text}/{ANY}"


def _opened(name: str, called: _Call) -> Iterator[CallUse]:
    function = called.node.func
    receiver = called.receiver if name == "open" else UNKNOWN
    files = receiver or called.argument(0, "file", "filename", "name")
    modes = called.argument(0 if receiver else 1, "mode")
    if name == "HDFStore" and not modes:
        modes = frozenset({"a"})
    writes = any(set("wax+") & set(mode.partition(":")[0]) for mode in modes)
    reads = not writes or any("a" in mode or "r" in mode for mode in modes)
    if isinstance(function, ast.Attribute) and last_name(function.value) in {"webbrowser", "urllib", "request"}:
        return
    for text in files:
        if writes:
            yield "write", text
        if reads:
            yield "read", text


def _moved(name: str, called: _Call) -> Iterator[CallUse]:
    source, target = (
        called.argument(0, "src", "path", "base_name", "filename"),
        called.argument(1, "dst", "extract_dir"),
    )
    if name == "rmtree":
        for text in source:
            yield "write", text
            yield "clear", f"{text}/{ANY}"
    elif name == "make_archive":
        yield from (("write", text + ANY) for text in source)
        yield from _within(called.argument(2, "root_dir"))
    elif name == "unpack_archive":
        yield from (("read", text) for text in source)
        yield from (("write", f"{text}/{ANY}") for text in target)
    elif name == "move" or name in _COPIES:
        yield from (("write" if name == "move" else "read", text) for text in source)
        yield from (("write", text) for text in target)
        yield from (("write", posixpath.join(text, posixpath.basename(file))) for text in target for file in source)
        if name == "copytree":
            yield from _within(source)
            yield from (("write", f"{text}/{ANY}") for text in target)


def _within(folders: Texts) -> Iterator[CallUse]:
    yield from (("read", posixpath.join(folder, ANY)) for folder in folders)


def _matched(called: _Call) -> Iterator[CallUse]:
    receiver = called.receiver
    for pattern in called.argument(0, "pathname", "pattern"):
        for folder in receiver or {""}:
            yield "read", re.sub(r"\*\*/|\*+|\?|\[[^\]]*\]", ANY, posixpath.join(folder, pattern))


def _possible_uses(called: _Call) -> Iterator[CallUse]:
    for texts in called.all_arguments():
        for text in texts:
            if _LOOKS_LIKE_A_FILE.fullmatch(text) or ANY not in text:
                yield "mention", text


def looks_like_a_file(text: str) -> bool:
    """Whether a text has a folder or an ending in it."""
    return _LOOKS_LIKE_A_FILE.fullmatch(text) is not None


# --- command lines

_TARGETS = frozenset({"rm", "rmdir", "touch", "tee", "mv"})
_LAST_IS_TARGET = frozenset({"cp", "mv", "ln", "rsync"})
_TARGET_OPTIONS = frozenset({"-o", "-O", "--output", "--output-document", "--out"})
_FOLDER_OPTIONS = frozenset({"-d", "-C", "-P", "--directory-prefix"})
_REDIRECTS = frozenset({">", ">>", "1>", "&>", "2>"})
_WORD = re.compile(r"""'[^']*'|"[^"]*"|&?[12]?>>?|[|;&]+|[^\s|;&>]+""")


def command_uses(text: str) -> Iterator[CallUse]:
    """Uses of files by a command line, or several. ``{name}`` and ``$name`` are any text."""
    words = [re.sub(r"\{[^}]*\}|\$\w+", ANY, word.strip("'\"")) for word in _WORD.findall(text)]
    command: list[str] = []
    for word in [*words, ";"]:
        if word.strip("|;&"):
            command.append(word)
            continue
        yield from _simple_command(command)
        command = []


def _simple_command(words: list[str]) -> Iterator[CallUse]:
    if not words:
        return
    name, before = posixpath.basename(words[0]), words[0]
    plain: list[str] = []
    for word in words[1:]:
        if before in _REDIRECTS or before in _TARGET_OPTIONS:
            yield "write", word
        elif before in _FOLDER_OPTIONS:
            yield "write", f"{word}/{ANY}"
        elif not word.startswith("-") and word not in _REDIRECTS:
            plain.append(word)
        before = word
    kind: Callable[[int], UseKind] = _kind_of_words(name, len(plain))
    for index, word in enumerate(plain):
        if "://" not in word:
            yield kind(index), word.replace("*", ANY)
        elif name == "wget":
            yield "write", posixpath.basename(word)


def _kind_of_words(name: str, count: int) -> Callable[[int], UseKind]:
    if name == "mkdir":
        return lambda _: "make"
    return lambda index: "write" if name in _TARGETS or (name in _LAST_IS_TARGET and index == count - 1) else "read"
