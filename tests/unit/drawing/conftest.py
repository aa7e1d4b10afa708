"""Pipelines to draw, made from a few lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec
import pytest

from jupyter_kfp.ids import step_id, variable_key
from jupyter_kfp.spec.extension import Edge, EdgeVariable, Extension, StepRecord, write_extension
from jupyter_kfp.spec.model import (
    ComponentRef,
    ComponentSpec,
    ContainerSpec,
    DagSpec,
    DeploymentSpec,
    ExecutorSpec,
    OutputArtifact,
    OutputDefinitions,
    Pipeline,
    PipelineInfo,
    PipelineSpec,
    TaskInfo,
    TaskInputArtifact,
    TaskInputs,
    TaskOutputArtifact,
    TaskSpec,
)

Steps = Mapping[str, tuple[list[int], list[str]]]
Edges = Sequence[tuple[str, str, list[str]]]


def notebook_pipeline(steps: Steps, edges: Edges, logs: Mapping[str, Sequence[str]] | None = None) -> Pipeline:
    """As the compiler makes it: cells and outputs by step name, edges with their variables, output keys of logs."""
    logs = logs or {}
    components, tasks, executors, records = {}, {}, {}, {}
    for step, (cells, makes) in steps.items():
        key = step_id(step)
        outputs = {variable_key(variable): OutputArtifact() for variable in makes}
        outputs |= {special: OutputArtifact() for special in ("executed-notebook", *logs.get(step, ()))}
        components[f"comp-{key}"] = ComponentSpec(
            executor_label=f"exec-{key}", output_definitions=OutputDefinitions(artifacts=outputs)
        )
        tasks[key] = TaskSpec(
            task_info=TaskInfo(name=step), component_ref=ComponentRef(name=f"comp-{key}"), inputs=TaskInputs()
        )
        executors[f"exec-{key}"] = ExecutorSpec(container=ContainerSpec(image="python:3.11", command=["python3"]))
        records[key] = StepRecord(name=step, cells=cells, source_digest="d")
    for source, target, variables in edges:
        task = tasks[step_id(target)]
        task.dependent_tasks.append(step_id(source))
        for variable in variables:
            task.inputs.artifacts[variable_key(variable)] = TaskInputArtifact(
                task_output_artifact=TaskOutputArtifact(
                    producer_task=step_id(source), output_artifact_key=variable_key(variable)
                )
            )
    recorded = [
        Edge(
            source=step_id(source),
            target=step_id(target),
            variables=[EdgeVariable(name=name, written_cell=1, read_cell=2, read_line=1) for name in variables],
        )
        for source, target, variables in edges
    ]
    extension = write_extension(Extension(steps=records, edges=recorded))
    return Pipeline(
        spec=PipelineSpec(
            pipeline_info=PipelineInfo(name="demo"),
            root=ComponentSpec(dag=DagSpec(tasks=dict(sorted(tasks.items())))),
            components=components,
            deployment_spec=DeploymentSpec(executors=executors, extension=extension),
            schema_version="2.1.0",
        )
    )


@pytest.fixture
def make_pipeline() -> Callable[..., Pipeline]:
    return notebook_pipeline


@pytest.fixture
def compare() -> Pipeline:
    """Load, prepare, three models, a comparison, and a step that only waits."""
    models = ["train forest", "train logistic", "train boosting"]
    edges = [("load data", "prepare", ["df"])]
    edges += [("prepare", model, ["X_train", "y_train"]) for model in models]
    edges += [(model, "compare", [model.split()[1]]) for model in models]
    edges += [("prepare", "compare", ["X_test"]), ("compare", "clean up", [])]
    steps = {"load data": ([3], ["df"]), "prepare": ([4, 5], ["X_train", "y_train", "X_test"])}
    steps |= {model: ([6 + index], [model.split()[1]]) for index, model in enumerate(models)}
    return notebook_pipeline(steps | {"compare": ([9, 11, 12], []), "clean up": ([14], [])}, edges)


@pytest.fixture
def nested() -> Pipeline:
    """A pipeline of another tool: an importer, a loop with a condition inside, an exit handler."""
    data = {
        "pipelineInfo": {"name": "nested"},
        "schemaVersion": "2.1.0",
        "deploymentSpec": {
            "executors": {
                "exec-importer": {"importer": {"artifactUri": {"constant": "s3://b/k"}}},
                "exec-print": {"container": {"image": "python:3.11", "command": ["true"]}},
            }
        },
        "components": {
            "comp-importer": {
                "executorLabel": "exec-importer",
                "outputDefinitions": {"artifacts": {"artifact": {"artifactType": {"schemaTitle": "system.Dataset"}}}},
            },
            "comp-print": {"executorLabel": "exec-print"},
            "comp-condition": {
                "dag": {"tasks": {"print": {"taskInfo": {"name": "say it"}, "componentRef": {"name": "comp-print"}}}}
            },
            "comp-loop": {
                "dag": {
                    "tasks": {
                        "condition-1": {
                            "taskInfo": {"name": "condition-1"},
                            "componentRef": {"name": "comp-condition"},
                            "triggerPolicy": {
                                "condition": "inputs.parameter_values['pipelinechannel--items-loop-item'] == 'x'"
                            },
                        }
                    }
                }
            },
        },
        "root": {
            "dag": {
                "tasks": {
                    "exit": {
                        "taskInfo": {"name": "exit"},
                        "componentRef": {"name": "comp-print"},
                        "dependentTasks": ["for-loop-1"],
                        "triggerPolicy": {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"},
                        "inputs": {"parameters": {"status": {"taskFinalStatus": {"producerTask": "for-loop-1"}}}},
                    },
                    "for-loop-1": {
                        "taskInfo": {"name": "for-loop-1"},
                        "componentRef": {"name": "comp-loop"},
                        "dependentTasks": ["importer"],
                        "parameterIterator": {
                            "itemInput": "pipelinechannel--items-loop-item",
                            "items": {"inputParameter": "pipelinechannel--items"},
                        },
                        "inputs": {
                            "parameters": {"pipelinechannel--items": {"componentInputParameter": "items"}},
                            "artifacts": {
                                "data": {
                                    "taskOutputArtifact": {
                                        "producerTask": "importer",
                                        "outputArtifactKey": "artifact",
                                    }
                                }
                            },
                        },
                    },
                    "importer": {"taskInfo": {"name": "importer"}, "componentRef": {"name": "comp-importer"}},
                }
            }
        },
    }
    return Pipeline(spec=msgspec.convert(data, PipelineSpec))
