"""A pipeline written with the KFP SDK: a loop over words, a condition, what the loop made, and an exit handler.

    python word_lengths.py        # writes word_lengths.yaml, with the SDK
    jupyter kfp run word_lengths.yaml -p 'words=["one", "three"]'
"""

from typing import List

from kfp import compiler, dsl


@dsl.container_component
def measure(word: str, length: dsl.OutputPath(int)):
    program = 'import sys, pathlib; pathlib.Path(sys.argv[2]).write_text(str(len(sys.argv[1])))'
    return dsl.ContainerSpec(image='python:3.12', command=['python3', '-c', program], args=[word, length])


@dsl.container_component
def report(lengths: List[int], table: dsl.Output[dsl.Markdown]):
    program = (
        'import json, sys, pathlib; lengths = json.loads(sys.argv[1]); path = pathlib.Path(sys.argv[2]); '
        'path.parent.mkdir(parents=True, exist_ok=True); '
        'path.write_text(f"{len(lengths)} words, {sum(lengths)} letters"); print(path.read_text())'
    )
    return dsl.ContainerSpec(image='python:3.12', command=['python3', '-c', program], args=[lengths, table.path])


@dsl.container_component
def say(text: str):
    return dsl.ContainerSpec(image='alpine', command=['echo'], args=[text])


@dsl.pipeline(name='word-lengths')
def word_lengths(words: List[str] = ['red', 'green', 'blue'], loud: bool = False):
    goodbye = say(text='the end').set_display_name('goodbye')
    with dsl.ExitHandler(goodbye):
        with dsl.ParallelFor(words, parallelism=2) as word:
            length = measure(word=word)
        report(lengths=dsl.Collected(length.output))
        with dsl.If(loud == True):
            say(text='all words are measured')


if __name__ == '__main__':
    compiler.Compiler().compile(word_lengths, 'word_lengths.yaml')
