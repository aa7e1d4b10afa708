"""Objects that variables may share have to arrive in a step together, as the one object that they may be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from jupyter_kfp.dataflow.actors import Actor, Taken
from jupyter_kfp.dataflow.facts import Place
from jupyter_kfp.dataflow.versions import SETUP, Version


def gather(
    actor: Actor, versions: Sequence[Version], steps: Sequence[Actor], waiting: frozenset[int] = frozenset()
) -> dict[Version, Version]:
    """Make what an actor is given of versions that may share an object come from one step.

    The step that made the last of them had them all; it hands the others on. Returns those that are handed on, each
    with what stands for it. Steps whose cells lie around one another may need each other for that, which is told as a
    cycle: `waiting` are those that wait already.
    """
    given = _given_with(actor, [found for version in versions for found in version.before(actor.owner)])
    for version in given:
        held = actor.taken.get(version.name)
        if held is not None and held.version is not version and version.stands_for(held.version):
            actor.retake(held.version, version)
    if len(given) <= 1:
        return {}
    last = max(given, key=lambda version: (version.owner >= 0, version.place))
    if last.owner < 0 or last.owner in waiting:
        return {}
    keeper = steps[last.owner]
    if len({version.owner for version in given}) == 1 and not _is_given_apart(keeper, given):
        return {}
    gathered = gather(keeper, given, steps, waiting | {actor.owner})
    for version in given:
        if version.owner != keeper.owner and not _ends_with_another(keeper, version):
            handed_on = _hand_on(keeper, gathered.get(version, version), last.place)
            actor.retake(version, handed_on)
            gathered[version] = handed_on
    return gathered


class HeldPair(msgspec.Struct, frozen=True, kw_only=True):
    """A step changes an object that may hold another, which another step made."""

    actor: Actor
    holder: Version
    """Before the change."""
    held: Version
    place: Place


def keep_together(pairs: Iterable[HeldPair], steps: Sequence[Actor]) -> None:
    """Give steps that change a holder what it holds from the same file, where a later step reads that, too.

    The guard of the step then sees whether it left it alone.
    """
    for pair in pairs:
        keeper, name = steps[pair.holder.owner], pair.held.name
        given, own = keeper.taken.get(name), pair.actor.taken.get(name)
        is_free = name not in keeper.writes or (given is not None and given.version in keeper.handed_on)
        if (
            given is not None
            and given.version.stands_for(pair.held)
            and is_free
            and name not in pair.actor.writes
            and (own is None or own.version.stands_for(pair.held))
            and any(_takes(step, pair.held) for step in steps[keeper.owner + 1 :])
        ):
            handed_on = _hand_on(keeper, given.version, pair.holder.place)
            place = own.place if own is not None else pair.place
            pair.actor.taken[name] = Taken(version=handed_on, place=place, via=own.via if own is not None else None)


def keep_identities(steps: Sequence[Actor]) -> None:
    """Give steps objects that are compared by identity from one file, where several of their variables may hold one.

    What holds such an object brings it anyway, so it costs nothing to hand it on with its holder.
    """
    for actor in steps:
        for name, taken in sorted(actor.taken.items()):
            partners = [
                actor.taken[other].version for other in sorted(actor.companions.get(name, ())) if other in actor.taken
            ]
            if taken.version.is_identity and any(other.owner >= 0 for other in partners):
                gather(actor, [actor.taken[name].version, *partners], steps)


def _takes(step: Actor, version: Version) -> bool:
    taken = step.taken.get(version.name)
    return taken is not None and taken.version.stands_for(version)


def _is_given_apart(keeper: Actor, made: Iterable[Version]) -> bool:
    """Whether a step made all these, but of what several others gave it."""
    given = _given_with(keeper, [found for version in made for found in version.before(keeper.owner)])
    return len({version.owner for version in given}) > 1


def _ends_with_another(keeper: Actor, version: Version) -> bool:
    """Whether the keeper cannot hand a version on: setup binds the name anew between two of the keeper's cells."""
    own = keeper.writes.get(version.name)
    return version.owner == SETUP and own is not None and own.owner == keeper.owner and not own.follows(version)


def _hand_on(keeper: Actor, version: Version, place: Place) -> Version:
    known = keeper.handed_on.get(version)
    own = keeper.writes.get(version.name)
    if known is None and own is not None and own.passes_on and own.stands_for(version):
        known = keeper.handed_on[version] = own  # the keeper is given the same value by another step meanwhile
    if known is None:
        known = Version(
            name=version.name,
            owner=keeper.owner,
            place=place,
            kind="shared",
            previous=version,
            value=version.value,
            uses=version.uses,
            keeps_state=version.keeps_state,
            is_figure=version.is_figure,
            classes=version.classes,
            changes_on_use=version.changes_on_use,
            is_identity=version.is_identity,
            passes_on=True,
        )
        keeper.handed_on[version] = keeper.writes[version.name] = known
    return known


def _given_with(actor: Actor, versions: list[Version]) -> list[Version]:
    """Add what the actor was given that might share with these, also if it has bound the names anew since."""
    found = {version.name: version for version in versions}
    progress = True
    while progress:
        progress = False
        for name, companions in actor.companions.items():
            if name not in found and companions & found.keys():
                progress = _add_given(actor, name, found) or progress
    return list(found.values())


def _add_given(actor: Actor, name: str, found: dict[str, Version]) -> bool:
    if name in actor.taken:
        found[name] = actor.taken[name].version
    elif name in actor.writes:  # not taken yet: it will be, if anybody reads what the actor makes of it
        found.update({version.name: version for version in actor.writes[name].before(actor.owner)})
    return name in found
