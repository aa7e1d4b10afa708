"""What happens to a bucket's user when the server, or the way to it, fails."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import socket
import time
from pathlib import Path

import minio.time
import pytest
import trustme
from fault_proxy import Fault, fault_proxy
from object_servers import ACCESS_KEY, KEYS, SECRET_KEY, free_port, run_minio, run_seaweed

from jupyter_kfp.artifacts.bucket_values import Patience
from jupyter_kfp.artifacts.content_digest import digest_bytes, digest_file
from jupyter_kfp.artifacts.object_bucket import ObjectBucket
from jupyter_kfp.artifacts.s3_credentials import Credentials
from jupyter_kfp.artifacts.s3_store import S3ArtifactStore
from jupyter_kfp.errors import KfpError

QUICK = Patience(first=0.5, later=0.5)
LARGE = os.urandom(1 << 20) * 40


@pytest.fixture(scope="module")
def proxy(minio_server):
    with fault_proxy(minio_server.port) as proxy:
        yield proxy


@pytest.fixture
def bucket(minio_server, proxy):
    proxy.faults.clear()
    proxy.broken = lambda: False
    made = ObjectBucket(minio_server.storage(endpoint=proxy.endpoint), KEYS, patience=Patience(first=5.0, later=20.0))
    made._client.retries._sleep = lambda seconds: time.sleep(seconds / 10)  # the same pauses, at ten times the speed
    made.put("key", b"content")
    proxy.seen.clear()
    return made


@pytest.fixture(scope="module")
def large_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("large") / "file"
    path.write_bytes(LARGE)
    return path


def refusal(call) -> KfpError:
    with pytest.raises(KfpError) as caught:
        call()
    assert SECRET_KEY not in repr(caught.value) + str(caught.value)
    return caught.value


PASSING = [
    Fault("reset"),
    Fault("lost"),
    Fault("cut", after=1),
    Fault("answer"),
    Fault("answer", status=500, body=b""),
    Fault("answer", status=502, body=b"<html>bad gateway</html>", content_type="text/html"),
    Fault("answer", status=429, body=b"slow", content_type="text/plain"),
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: f"{fault.kind}-{fault.status}")
def test_what_fails_for_a_moment_is_asked_again(bucket, proxy, fault):
    calls = {
        "GET": lambda: bucket.get("key"),
        "PUT": lambda: bucket.put("new", b"new"),
        "HEAD": lambda: bucket.stat("key"),
        "POST": lambda: bucket.delete(["new"]),
    }
    if fault.kind == "cut":
        calls = {"GET": calls["GET"]}  # the other answers have no body
    for method, call in calls.items():
        proxy.faults.extend([fault, fault])
        call()
        assert not proxy.faults, method


def test_a_listing_goes_on(bucket, proxy):
    proxy.faults.extend([Fault("reset", "GET"), Fault("answer", "GET"), Fault("cut", "GET", after=60)])
    assert [one.key for one in bucket.list()] == ["key"]
    assert not proxy.faults


def test_uploads_in_parts_survive(bucket, proxy, large_file):
    proxy.faults.extend([Fault("answer", "POST"), Fault("reset", "PUT"), Fault("lost", "PUT"), Fault("answer", "PUT")])
    bucket.put_file("large", large_file, digest=digest_bytes(LARGE))
    proxy.faults.append(Fault("lost", "POST"))  # an upload was begun that nobody knows of
    proxy.faults.append(Fault("lost", "POST"))
    bucket.put_file("other", large_file)
    for key in ("large", "other"):
        assert bucket.stat(key).size == len(LARGE)


def test_an_upload_whose_last_answer_was_lost_is_complete(bucket, proxy, large_file, monkeypatch):
    complete = bucket._client.complete_parts

    def lose_the_answer(*arguments):
        proxy.faults.append(Fault("lost", "POST"))
        complete(*arguments)

    monkeypatch.setattr(bucket._client, "complete_parts", lose_the_answer)
    bucket.put_file("large", large_file)
    assert not proxy.faults
    assert bucket.stat("large").size == len(LARGE)


def test_an_upload_that_fails_leaves_nothing(minio_server, bucket, proxy, large_file):
    impatient = ObjectBucket(bucket.storage, KEYS, patience=QUICK)
    impatient.stat("key")
    proxy.faults.extend([Fault("answer", "PUT") for _ in range(200)])
    assert refusal(lambda: impatient.put_file("large", large_file)).code == "KFP434"
    proxy.faults.clear()
    assert bucket.stat("large") is None
    uploads = minio_server.client()._list_multipart_uploads(bucket.storage.bucket, prefix=bucket.storage.prefix)
    assert uploads.uploads == []


def test_reading_is_resumed_where_it_was_cut(bucket, proxy, large_file, tmp_path):
    bucket.put_file("large", large_file)
    proxy.faults.extend([Fault("cut", "GET", after=5_000_000), Fault("reset", "GET"), Fault("cut", "GET", after=1)])
    proxy.seen.clear()
    assert bucket.get_file("large", tmp_path / "back") == len(LARGE)
    assert digest_file(tmp_path / "back") == digest_bytes(LARGE)
    wanted = [headers["Range"] for method, _, headers in proxy.seen if method == "GET"]
    assert len(wanted) == 6  # three parts, three failures
    starts = {int(one.removeprefix("bytes=").partition("-")[0]) % (16 << 20) for one in wanted}
    assert len(starts) > 1, "what had come was asked for again"
    proxy.faults.extend([Fault("cut", "GET", after=5_000_000), Fault("reset", "GET"), Fault("cut", "GET", after=9)])
    with bucket.open("large", start=7) as stream:
        assert stream.read() == LARGE[7:]
    assert not proxy.faults


def test_an_object_that_is_replaced_meanwhile_is_not_mixed(bucket, tmp_path):
    bucket.put("large", LARGE[:3_000_000])
    stream = bucket.open("large")
    bucket.put("large", LARGE[1:3_000_000])
    assert refusal(stream.read).code == "KFP437"


def test_a_server_that_is_away_for_a_while_is_waited_for(bucket, proxy):
    def away() -> bool:
        return len(proxy.seen) < 6  # as many questions as it takes to see that the user waits

    proxy.broken = away
    bucket.put("later", b"x")
    assert len(proxy.seen) >= 6
    proxy.broken = lambda: False
    assert bucket.get("later") == b"x"


def test_patience_ends(bucket, proxy):
    impatient = ObjectBucket(bucket.storage, KEYS, patience=QUICK)
    proxy.broken = lambda: True
    assert refusal(lambda: impatient.get("key")).code == "KFP429"
    proxy.broken = lambda: False
    proxy.faults.extend([Fault("answer") for _ in range(100)])
    error = refusal(lambda: impatient.get("key"))
    assert (error.code, error.details["answer"]) == ("KFP434", "SlowDown")


ANSWERS = [
    (507, "XMinioStorageFull", "KFP432"),
    (403, "QuotaExceeded", "KFP432"),
    (403, "ExpiredToken", "KFP425"),
    (400, "AuthorizationHeaderMalformed", "KFP433"),
    (403, "AccessDenied", "KFP427"),
    (405, "MethodNotAllowed", "KFP431"),
    (400, "SomethingNew", "KFP435"),
]


@pytest.mark.parametrize(("status", "answer", "code"), ANSWERS)
def test_answers_are_explained_at_once(bucket, proxy, status, answer, code):
    body = f"<?xml version='1.0'?><Error><Code>{answer}</Code><Message>said {SECRET_KEY}</Message></Error>".encode()
    proxy.faults.append(Fault("answer", status=status, body=body))
    error = refusal(lambda: bucket.put("new", b""))
    assert error.code == code
    assert error.hint
    assert bucket.storage.bucket in error.message


def test_what_is_no_s3_server_is_told(bucket, proxy):
    proxy.faults.append(Fault("answer", status=404, body=b"<html>here be dragons</html>", content_type="text/html"))
    assert refusal(lambda: bucket.get("key")).code == "KFP435"


def test_addresses_that_lead_nowhere(minio_server):
    for endpoint in (f"http://127.0.0.1:{free_port()}", "http://no-such-host.invalid:9000"):
        storage = minio_server.storage("bucket", endpoint=endpoint)
        error = refusal(lambda storage=storage: ObjectBucket(storage, KEYS, patience=QUICK).get("key"))
        assert error.code == "KFP429"
        assert " at 0x" not in str(error)


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_wrong_clock_is_told(object_server, monkeypatch, hours):
    bucket = object_server.bucket()
    right = minio.time.utcnow
    monkeypatch.setattr(minio.time, "utcnow", lambda: right() + dt.timedelta(hours=hours))
    for call in (lambda: bucket.get("key"), lambda: bucket.stat("key"), lambda: list(bucket.list())):
        assert refusal(call).code == "KFP428"


def test_tls_needs_a_trusted_certificate(minio_server, tmp_path):
    authority = trustme.CA()
    context = trustme.ssl.SSLContext(trustme.ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    name = minio_server.new_bucket()
    with fault_proxy(minio_server.port, context) as proxy:
        storage = minio_server.storage(name, endpoint=proxy.endpoint, ca_bundle=str(tmp_path / "ca.pem"))
        bucket = ObjectBucket(storage, KEYS, patience=QUICK)
        bucket.put("key", b"content")
        assert bucket.get("key") == b"content"
        with bucket.open("key") as stream:
            assert stream.read() == b"content"
        unknown = ObjectBucket(minio_server.storage(name, endpoint=proxy.endpoint), KEYS, patience=QUICK)
        assert refusal(lambda: unknown.get("key")).code == "KFP430"
    plain = minio_server.storage(name, endpoint=minio_server.endpoint.replace("http:", "https:"))
    assert refusal(lambda: ObjectBucket(plain, KEYS, patience=QUICK).get("key")).code == "KFP430"
    for bundle in (tmp_path / "missing.pem", tmp_path / "ca.txt"):
        (tmp_path / "ca.txt").write_text("no certificate")
        storage = minio_server.storage(name, endpoint="https://127.0.0.1:1", ca_bundle=str(bundle))
        assert refusal(lambda storage=storage: ObjectBucket(storage, KEYS, patience=QUICK).get("k")).code == "KFP430"


def test_keys_with_few_permissions(tmp_path):
    config = tmp_path / "identities.json"
    people = [(ACCESS_KEY, SECRET_KEY, ["Admin"]), ("READER", "a", ["Read", "List"]), ("NOBODY", "b", ["Read:other"])]
    identities = [
        {"name": key, "credentials": [{"accessKey": key, "secretKey": secret}], "actions": actions}
        for key, secret, actions in people
    ]
    config.write_text(json.dumps({"identities": identities}))
    (tmp_path / "data").mkdir()
    with run_seaweed(tmp_path / "data", f"-s3.config={config}") as server:
        bucket = server.bucket()
        bucket.put("key", b"content")
        reader = ObjectBucket(bucket.storage, Credentials("READER", "a"), patience=QUICK)
        nobody = ObjectBucket(bucket.storage, Credentials("NOBODY", "b"), patience=QUICK)
        assert reader.get("key") == b"content"
        writes = [lambda: reader.put("new", b""), lambda: reader.delete(["key"])]
        reads = [lambda: nobody.get("key"), lambda: nobody.stat("key"), lambda: list(nobody.list())]
        for call, verbs in [*((one, "write") for one in writes), *((one, "read") for one in reads)]:
            error = refusal(call)
            assert (error.code, verbs in error.message) == ("KFP427", True)


def test_a_read_only_server_and_the_name_of_the_bucket_as_host(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    with run_minio(tmp_path / "data") as server:
        name = server.bucket().storage.bucket
    with run_minio(tmp_path / "data", "--read-only", "--domain", "s3.test") as server:
        found = socket.getaddrinfo
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda host, *a, **k: found("127.0.0.1" if "s3.test" in host else host, *a, **k)
        )
        storage = server.storage(name, endpoint=f"http://s3.test:{server.port}", path_style=False)
        bucket = ObjectBucket(storage, KEYS, patience=QUICK)
        assert list(bucket.list()) == []
        (tmp_path / "file").write_bytes(b"x" * (17 << 20))
        assert refusal(lambda: bucket.put_file("key", tmp_path / "file")).code == "KFP431"


def test_a_session_token_is_sent_and_nothing_is_logged(bucket, proxy, caplog):
    caplog.set_level(logging.DEBUG)
    keys = Credentials(ACCESS_KEY, SECRET_KEY, "the-token-word")
    other = ObjectBucket(bucket.storage, keys, patience=QUICK)
    proxy.faults.extend(Fault("answer", status=403, body=BODY) for _ in range(1))
    error = refusal(lambda: other.get("key"))
    [(_, _, headers)] = proxy.seen
    assert headers["X-Amz-Security-Token"] == "the-token-word"
    for text in (caplog.text, str(error), repr(error.details), repr(other), repr(keys), repr(other._client)):
        assert "the-token-word" not in text
        assert SECRET_KEY not in text
    assert error.__cause__ is None


BODY = b"<?xml version='1.0'?><Error><Code>InvalidToken</Code><Message>the-token-word is old</Message></Error>"


def test_a_damaged_content_is_never_handed_out(minio_server, tmp_path):
    bucket = minio_server.bucket()
    store = S3ArtifactStore(bucket)
    digest = store.put_bytes(b"content")
    key = f"blake3/{digest[7:9]}/{digest[9:]}"
    bucket.put(key, b"CONTENT")
    for call in (
        lambda: store.open(digest),
        lambda: store.fetch(digest, tmp_path / "out"),
        lambda: store.verify(digest),
    ):
        assert refusal(call).code == "KFP402"
    assert list(tmp_path.iterdir()) == []
