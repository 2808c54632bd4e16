"""Gradio imported without what nothing here reads: type stubs for editors, and the package mcp.

Gradio parses the source of each of its components at every import and compares a .pyi file beside it, if only
to leave it as it is: 1.2 of the 3.3 seconds of `import gradio` (6.31). Where mcp is installed it imports that
too, which takes 0.55 seconds; mcp_tools.py does it where tools were asked for.
"""

import contextlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

META, WRITES = "gradio.component_meta", "create_or_modify_pyi"


class NoStubs(MetaPathFinder):
    """Finds META as everyone does, and takes WRITES out of it once it is loaded."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != META:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def execute_and_take_out(module: ModuleType) -> None:
            execute(module)
            if hasattr(module, WRITES):
                setattr(module, WRITES, lambda *_: None)

        spec.loader.exec_module = execute_and_take_out
        return spec


def without_stubs() -> None:
    """Once, before the first `import gradio`; afterwards it does nothing."""
    if META not in sys.modules and not any(isinstance(one, NoStubs) for one in sys.meta_path):
        sys.meta_path.insert(0, NoStubs())


@contextlib.contextmanager
def without_tools() -> Iterator[None]:
    """Where Gradio is first imported within, mcp is not found."""
    if "gradio" in sys.modules or "mcp" in sys.modules:
        yield
        return
    sys.modules["mcp"] = None  # pyright: ignore[reportArgumentType]
    try:
        yield
    finally:
        del sys.modules["mcp"]
