"""Foreign interventions in Mali and the politics around them: tables in which every value can be followed to a place in a source."""

from __future__ import annotations

import sys

# What type checkers take for `typing.TYPE_CHECKING`; importing `typing` would cost most of the time of this import.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from mali_dataset.analysis.cite import cite as cite
    from mali_dataset.analysis.describe import describe as describe
    from mali_dataset.analysis.evidence import evidence as evidence
    from mali_dataset.analysis.evidence import rivals as rivals
    from mali_dataset.analysis.presence import presence as presence
    from mali_dataset.analysis.strength import strength as strength
    from mali_dataset.analysis.total import total as total
    from mali_dataset.release.read import load as load
    from mali_dataset.release.read import tables as tables
    from mali_dataset.validation.validate import validate as validate

__version__ = "0.1.0"
__released__ = "2026-11-23"

# Each name is imported when it is first used, so that importing the package costs next to nothing.
_HOMES = {name: f"analysis.{name}" for name in ("cite", "describe", "evidence", "presence", "strength", "total")}
_HOMES |= {"rivals": "analysis.evidence", "load": "release.read", "tables": "release.read", "validate": "validation.validate"}


if not TYPE_CHECKING:  # a checker that saw this would take any name, misspelt ones too

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return [*_HOMES, "__released__", "__version__"]


class _Package(type(sys)):  # type: ignore[misc]  # the type of modules, without importing `types`
    """Keeps `tables` the function: importing the folder of that name would put the module in its place."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name == "tables" and isinstance(value, type(sys))):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
