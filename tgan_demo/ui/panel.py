"""What a tab of the page is: a class that draws it, binds it and says what an opened page shows in it.

A panel is made once for each page that is built. It may keep components as attributes, never a
user's values: those live in the components.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from tgan_demo.ui.page import Page
from tgan_demo.ui.visit import Visit


@dataclass(frozen=True, slots=True)
class Opening:
    """What a panel sets when somebody opens the page."""

    outputs: Sequence[Any] = ()
    values: Callable[[Visit], Sequence[Any]] = lambda start: ()  # of outputs


class Panel:
    """One tab. A subclass says its name and builds itself; the rest has a default."""

    name: ClassVar[str]  # in links and in ids; the word "tab.<name>" is its label

    def build(self, page: Page) -> None:
        """Draw the tab into the open Blocks and bind its events."""
        raise NotImplementedError

    def build_bar(self, page: Page) -> None:
        """Draw and bind what it shows under every tab. Called after all tabs are built."""

    def opening(self, page: Page) -> Opening:
        """What an opened page shows here before anybody did anything."""
        return Opening()
