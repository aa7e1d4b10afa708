"""Secrets as parts of cache keys."""

from __future__ import annotations

import json

import pytest

from jupyter_kfp.engine.cache_reasons import explain_miss
from jupyter_kfp.engine.secret_parts import SecretParts
from jupyter_kfp.runs.run import CacheEntry

VARIABLES = {
    "secretAsEnv": [{"secretName": "db", "keyToEnv": [{"secretKey": "user", "envVar": "DB_USER"}]}],
    "configMapAsEnv": [{"configMapName": "cm", "keyToEnv": [{"configMapKey": "stage", "envVar": "STAGE"}]}],
}
VOLUMES = {"secretAsVolume": [{"secretName": "db", "mountPath": "/mnt/db"}]}
LATE = {"secretNameParameter": {"taskOutputParameter": {"producerTask": "t"}}, "mountPath": "/mnt/db"}


@pytest.fixture
def parts(tmp_path):
    home = tmp_path / "home"
    home.mkdir()

    def make(secrets, platform, environment=None, folder=home):
        file = tmp_path / "secrets.json"
        file.write_text(json.dumps(secrets))
        return SecretParts(str(file), folder, environment or {}).parts(platform)

    return make


@pytest.mark.parametrize("platform", [VARIABLES, VOLUMES, {"secretAsVolume": [LATE]}])
def test_another_value_is_another_part(parts, platform):
    before = parts({"db": {"user": "ann"}}, platform)
    assert before == parts({"db": {"user": "ann"}}, platform)
    after = parts({"db": {"user": "bob"}}, platform)
    assert before != after
    entry = CacheEntry(key="k", pipeline="p", task_key="a", run_id="r", path="root/a", created_at=0, parts=before)
    assert explain_miss(entry, after, {}) in {"the secret db changed", "the secret /mnt/db changed"}
    assert "ann" not in str(before)


def test_what_the_task_does_not_see_makes_no_difference(parts):
    both = {"db": {"user": "ann"}, "cm": {"stage": "dev"}}
    before = parts(both, VARIABLES, {"DB_USER": "ignored"})
    assert parts({**both, "other": {"x": "y"}, "db": {"user": "ann", "more": "z"}}, VARIABLES) == before
    assert parts(both, {"tolerations": []}) == {}
    assert sorted(before) == ["config map:cm", "secret:db"]


def test_the_environment_counts_where_the_file_has_nothing(parts):
    assert parts({}, VARIABLES, {"DB_USER": "ann"}) != parts({}, VARIABLES, {"DB_USER": "bob"})


def test_the_key_is_of_one_home_and_for_one_user(parts, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    given = {"db": {"user": "ann"}}
    assert parts(given, VOLUMES) != parts(given, VOLUMES, folder=other)
    (file,) = other.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    nowhere = tmp_path / "no-such"
    assert parts(given, VOLUMES, folder=nowhere) != parts(given, VOLUMES, folder=nowhere)
