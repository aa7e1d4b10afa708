"""Settings for Kubernetes, on this machine."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from jupyter_kfp.engine.graph_building import build_task_graph
from jupyter_kfp.engine.platform_checks import check_platform
from jupyter_kfp.errors import KfpError
from jupyter_kfp.spec import model

SECRET = {"secretName": "s3", "keyToEnv": [{"secretKey": "ak", "envVar": "ACCESS_KEY"}]}


def check(world, settings, environment=()):
    pipeline = world.make_pipeline({"a": [], "b": ["a"]})
    deployment = model.PlatformDeployment(executors={"exec-b": settings})
    single = model.SinglePlatformSpec(deployment_spec=deployment)
    pipeline.platform = model.PlatformSpec(platforms={"kubernetes": single})
    return check_platform(build_task_graph(pipeline), dict.fromkeys(environment, "x"), {})


def test_a_pipeline_without_a_platform(world):
    pipeline = world.make_pipeline({"a": []})
    assert check_platform(build_task_graph(pipeline), {}, {}) == []


@pytest.mark.parametrize("setting", ["secretAsEnv", "configMapAsEnv"])
def test_variables_must_be_in_the_environment(world, setting):
    assert check(world, {setting: [SECRET]}, ["ACCESS_KEY"]) == []
    assert check(world, {setting: [SECRET | {"optional": True}]}) == []
    with pytest.raises(KfpError, match=r"KFP503.*step b wants the variable ACCESS_KEY"):
        check(world, {setting: [SECRET]})


@pytest.mark.parametrize("setting", ["pvcMount", "secretAsVolume", "configMapAsVolume", "emptyDirMounts"])
def test_volumes_must_be_folders(world, tmp_path, setting):
    assert check(world, {setting: [{"mountPath": str(tmp_path)}]}) == []
    with pytest.raises(KfpError, match=r"KFP503.*step b wants the .* at /no/such/place"):
        check(world, {setting: [{"mountPath": "/no/such/place"}]})


def test_what_has_no_meaning_here_is_named_once(world):
    settings = {"activeDeadlineSeconds": "5", "tolerations": [], "nodeSelector": {"labels": {"gpu": "a100"}}}
    assert check(world, settings) == ["nodeSelector", "tolerations"]


@pytest.mark.parametrize("setting", ["secretAsVolume", "configMapAsVolume"])
def test_the_file_of_secrets_is_named_for_volumes_of_commands(setting):
    settings = {setting: [{"secretName": "db", "mountPath": "/no/such/place"}]}
    command = SimpleNamespace(name="a", payload=None, platform=settings)
    alone = SimpleNamespace(leaf_templates=lambda: [command])
    with pytest.raises(KfpError) as refused:
        check_platform(alone, {}, {})
    assert '--secrets-file ({"db": {"FILE NAME": "content"}})' in refused.value.hint
    assert check_platform(alone, {}, {"db": {"user": "ann"}}) == []


def test_the_file_of_secrets_gives_variables_to_steps_of_notebooks(world):
    pipeline = world.make_pipeline({"a": []})
    deployment = model.PlatformDeployment(executors={"exec-a": {"secretAsEnv": [SECRET]}})
    pipeline.platform = model.PlatformSpec(
        platforms={"kubernetes": model.SinglePlatformSpec(deployment_spec=deployment)}
    )
    assert check_platform(build_task_graph(pipeline), {}, {"s3": {"ak": "x"}}) == []
