"""The older provenance record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synapseclient.core.exceptions import SynapseMalformedEntityError, SynapseProvenanceError
from synapseclient.core.utils import get_synid_and_version, id_of, is_synapse_id_str, is_url

_PACKAGE = "org.sagebionetworks.repo.model.provenance."


class Activity(dict[str, Any]):
    """A step of work: what was used and executed to make something.

    Args:
        name: What the step is called.
        description: What it did.
        used: Entities, ids or URLs that went in.
        executed: Entities, ids or URLs of code that ran.
        data: An activity as the server sends it, instead of all else.
    """

    def __init__(
        self,
        name: str | None = None,
        description: str | None = None,
        used: Any = None,
        executed: Any = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self["used"] = []
        if data:
            self.update(data)
            self["used"] = list(data.get("used") or ())
        if name is not None:
            self["name"] = name
        if description is not None:
            self["description"] = description
        for each in _each(used):
            self.used(each)
        for each in _each(executed):
            self.executed(each)

    def used(
        self,
        target: Any = None,
        targetVersion: int | None = None,
        wasExecuted: bool | None = None,
        url: str | None = None,
        name: str | None = None,
    ) -> None:
        """Add something that was used: an entity, an id, a URL, or a list of them.

        Args:
            target: The thing, or things.
            targetVersion: Which version of an entity.
            wasExecuted: Whether it was executed; if not said, a mapping may say so itself.
            url: A URL, instead of a target.
            name: What to call the URL.

        Raises:
            SynapseMalformedEntityError: These parameters do not go together.
            ValueError: The target names another version than ``targetVersion``.
        """
        if isinstance(target, list):
            _refuse("a list", targetVersion=targetVersion, url=url, name=name)
            for each in target:
                self.used(each, wasExecuted=wasExecuted)
            return
        said = target.get("wasExecuted", False) if isinstance(target, Mapping) else False
        executed = bool(said if wasExecuted is None else wasExecuted)
        if isinstance(target, Mapping) and str(target.get("concreteType", "")).startswith(_PACKAGE):
            self["used"].append({**target, "wasExecuted": executed})
            return
        if is_used_url(target):
            url, name, target = target["url"], target.get("name", name), None
        if is_url(target):
            target, url = None, target
        if url is not None:
            _refuse("a URL", target=target, targetVersion=targetVersion)
            self["used"].append(
                {
                    "concreteType": _PACKAGE + "UsedURL",
                    "url": url,
                    "name": name or url,
                    "wasExecuted": executed,
                }
            )
            return
        if target is None:
            raise SynapseProvenanceError("A used thing needs a target or a url.")
        _refuse("an entity", name=name)
        id, version = _target(target)
        if None not in (version, targetVersion) and int(version or 0) != int(targetVersion or 0):
            raise ValueError(f"Two conflicting versions for {id} were specified")
        reference: dict[str, Any] = {"targetId": id}
        if targetVersion is not None or version is not None:
            reference["targetVersionNumber"] = int(targetVersion or version or 0)
        self["used"].append(
            {
                "concreteType": _PACKAGE + "UsedEntity",
                "reference": reference,
                "wasExecuted": executed,
            }
        )

    def executed(
        self,
        target: Any = None,
        targetVersion: int | None = None,
        url: str | None = None,
        name: str | None = None,
    ) -> None:
        """Add code that was executed."""
        self.used(target, targetVersion, True, url, name)

    def _getStringList(self, wasExecuted: bool = True) -> list[str]:
        found = []
        for each in self["used"]:
            if bool(each.get("wasExecuted")) is wasExecuted:
                if "reference" in each:
                    reference = each["reference"]
                    version = reference.get("targetVersionNumber")
                    found.append(reference["targetId"] + (f".{version}" if version else ""))
                else:
                    found.append(each.get("name") or each["url"])
        return found

    def _getExecutedStringList(self) -> list[str]:
        return self._getStringList(wasExecuted=True)

    def _getUsedStringList(self) -> list[str]:
        return self._getStringList(wasExecuted=False)

    def __str__(self) -> str:
        executed = "\n".join(self._getExecutedStringList())
        used = "\n".join(self._getUsedStringList())
        return f"{self.get('name', '')}\n  Executed:\n{executed}  Used:\n{used}"


def is_used_entity(x: Any) -> bool:
    """Whether a mapping is a used entity in the server's form."""
    return isinstance(x, Mapping) and isinstance(x.get("reference"), Mapping)


def is_used_url(x: Any) -> bool:
    """Whether a mapping is a used URL."""
    return isinstance(x, Mapping) and "url" in x and "id" not in x


def is_synapse_entity(entity: Any) -> bool:
    """Whether something is an entity of the older kind, or a mapping that describes one."""
    return isinstance(entity, Mapping) and ("entityType" in entity or "concreteType" in entity)


def _refuse(what: str, **given: Any) -> None:
    names = [name for name, value in given.items() if value is not None]
    if names:
        raise SynapseMalformedEntityError(
            f"{', '.join(names)} cannot be given together with {what}."
        )


def _each(things: Any) -> list[Any]:
    if things is None:
        return []
    return list(things) if isinstance(things, list | tuple | set) else [things]


def _target(target: Any) -> tuple[str, int | None]:
    if isinstance(target, Mapping) and "reference" in target:
        reference = target["reference"]
        return reference["targetId"], reference.get("targetVersionNumber")
    if isinstance(target, str):
        if is_synapse_id_str(target) is None:
            raise SynapseProvenanceError(
                f"{target!r} is no Synapse id and no URL. A local file must be stored first."
            )
        return get_synid_and_version(target)
    return get_synid_and_version(target) if isinstance(target, Mapping) else (id_of(target), None)
