"""Importers: from this machine, from the web, from an object store, and addresses that are only known."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import msgspec
import pytest

from jupyter_kfp.errors import KfpError
from jupyter_kfp.executors.task_executor import TaskLaunch
from jupyter_kfp.runs.states import Reason
from jupyter_kfp.spec.model import ArtifactType, ImporterSpec, ValueOrRuntimeParameter

CONTENTS = {"/bucket/data/one.csv": b"1,2\n", "/bucket/data/deep/two.csv": b"3\n", "/bucket/data2": b"other"}


class Web(BaseHTTPRequestHandler):
    """Files by path; and, for requests with a signature, as much of S3 as a download needs."""

    keys: list[str] = []

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path, query = unquote(urlsplit(self.path).path), parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        self.keys.append(self.headers.get("Authorization", ""))
        if "location" in query:
            self.answer(200, b'<?xml version="1.0"?><LocationConstraint></LocationConstraint>')
        elif "list-type" in query:
            self.answer(200, listing(path.strip("/"), query["prefix"][0], query.get("delimiter", [""])[0]))
        elif path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.wfile.write(b"abc")
        elif path in CONTENTS:
            self.answer(200, CONTENTS[path])
        else:
            self.answer(404, b"")

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Length": str(len(body)), "ETag": '"e"', "Last-Modified": "Tue, 01 Jan 2030 00:00:00 GMT",
        }.items():  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def listing(bucket: str, prefix: str, delimiter: str) -> bytes:
    keys = [path.removeprefix(f"/{bucket}/") for path in sorted(CONTENTS) if path.startswith(f"/{bucket}/")]
    keys = [key for key in keys if key.startswith(prefix)]
    if delimiter:
        keys = [key for key in keys if delimiter not in key[len(prefix) :]]
    rows = "".join(
        f'<Contents><Key>{escape(key)}</Key><LastModified>2030-01-01T00:00:00.000Z</LastModified><ETag>"e"</ETag>'
        f"<Size>1</Size></Contents>"
        for key in keys
    )
    return f"<ListBucketResult><Name>{bucket}</Name><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def importer(bench, uri: str, *, inputs: dict | None = None, metadata: dict | None = None, **options) -> TaskLaunch:
    spec = ImporterSpec(
        artifact_uri=ValueOrRuntimeParameter(constant=uri),
        type_schema=ArtifactType(schema_title="system.Dataset"),
        metadata=metadata or {},
    )
    launch = bench.task("importer", inputs=inputs or {}, outputs={"artifact": "system.Dataset"}, **options)
    return msgspec.structs.replace(launch, container=None, importer=spec)


def test_a_file_keeps_its_name_and_gets_metadata(bench) -> None:
    (bench.folder / "data.csv").write_text("1,2")
    metadata = {"by": "{{$.inputs.parameters['who']}}", "{{$.inputs.parameters['who']}}": [1, "x"]}
    for attempt, uri in enumerate(["data.csv", f"file://{bench.folder}/data.csv", str(bench.folder / "data.csv")], 1):
        launch = importer(bench, uri, inputs={"who": "me"}, metadata=metadata, attempt=attempt)
        made = bench.good(launch).artifacts["artifact"]
        assert (made.type, made.metadata) == ("system.Dataset", {"by": "me", "me": [1, "x"]})
        reader = bench.task(
            "reader",
            "sh",
            "-c",
            "echo $0; cat $0",
            "{{$.inputs.artifacts['d'].path}}",
            inputs={"d": made},
            attempt=attempt,
        )
        bench.good(reader)
        path, content = bench.log(reader).splitlines()
        assert (Path(path).name, content) == ("data.csv", "1,2")
    assert (bench.folder / "data.csv").read_text() == "1,2"


def test_a_folder_is_brought_in_whole(bench) -> None:
    (bench.folder / "tree" / "sub").mkdir(parents=True)
    (bench.folder / "tree" / "sub" / "a.txt").write_text("a")
    made = bench.good(importer(bench, "tree")).artifacts["artifact"]
    reader = bench.task("reader", "cat", "{{$.inputs.artifacts['d'].path}}/sub/a.txt", inputs={"d": made})
    bench.good(reader)
    assert bench.log(reader) == "a"


def test_an_address_may_come_from_an_input(bench) -> None:
    (bench.folder / "x").write_text("content")
    launch = importer(bench, "", inputs={"uri": "x"})
    spec = ImporterSpec(artifact_uri=ValueOrRuntimeParameter(runtime_parameter="uri"))
    made = bench.good(msgspec.structs.replace(launch, importer=spec)).artifacts["artifact"]
    assert bench.stored(made) == b"content"
    with pytest.raises(KfpError, match="KFP301"):
        bench.executor.launch(msgspec.structs.replace(launch, importer=spec, input_parameters={}))


@pytest.mark.parametrize("uri", ["gs://bucket/file.txt", "oci://registry/model:1", "bq://project.table"])
def test_another_address_is_registered_and_refused_when_it_is_read(bench, uri) -> None:
    made = bench.good(importer(bench, uri)).artifacts["artifact"]
    assert made.uri == uri
    with pytest.raises(KfpError, match="KFP398") as refused:
        bench.executor.launch(bench.task("reader", "cat", "x", inputs={"d": made}))
    assert uri in refused.value.message


def test_the_web(bench, web) -> None:
    made = bench.good(importer(bench, f"{web}/bucket/data/one.csv?x=1")).artifacts["artifact"]
    assert bench.stored(made) == b"1,2\n"
    assert made.uri == f"{web}/bucket/data/one.csv?x=1"


def test_an_object_and_what_is_below_a_key(bench, web, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", web)
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    secrets = tmp_path / "secrets.json"
    secrets.write_text(json.dumps({"mlpipeline-minio-artifact": {"accesskey": "MYKEY", "secretkey": "hidden"}}))
    Web.keys.clear()
    one = bench.good(importer(bench, "s3://bucket/data/one.csv", secrets_file=str(secrets))).artifacts["artifact"]
    assert bench.stored(one) == b"1,2\n"
    assert all("Credential=MYKEY/" in key for key in Web.keys)
    many = bench.good(importer(bench, "minio://bucket/data", attempt=2)).artifacts["artifact"]
    reader = bench.task(
        "reader", "sh", "-c", "cd $0; cat one.csv deep/two.csv", "{{$.inputs.artifacts['d'].path}}", inputs={"d": many}
    )
    bench.good(reader)
    assert bench.log(reader) == "1,2\n3\n"


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("no-such-file.csv", "no such file"),
        ("{web}/no-such", "answered 404"),
        ("{web}/short", "broke after 3 of 10 bytes"),
        ("http://127.0.0.1:9/x", "cannot be fetched"),
        ("http://[bad", "cannot be"),
        ("s3://bucket/no-such?endpoint={web}", "no such object"),
        ("minio://bucket/x", "where the store is"),
        ("s3://bucket/x?endpoint=http://127.0.0.1:9", "cannot be used"),
    ],
)
def test_what_cannot_be_imported_is_told(bench, web, monkeypatch, uri, said) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "MINIO_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    ended = bench.end(importer(bench, uri.replace("{web}", web)))
    assert (ended.succeeded, ended.reason) == (False, Reason.INPUT_ERROR)
    assert ended.error.code == "KFP398"
    assert said in ended.error.message
    assert ended.error.message.startswith('task "importer": ')
    assert ended.error.hint
