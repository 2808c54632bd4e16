"""One game: the same pairs for all its players, each with an order of sides of their own, and who was right.

Which side is real is one bit of a keyed hash of the game's secret, the player's number and the pair: a fair
coin for whoever has no secret, and the same again for whoever has. What is shown before an answer depends
on that bit alone; a player's answer to a pair counts once.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tgan_demo.errors import ConfigError, QuotaError
from tgan_demo.measure.proportion import wilson
from tgan_demo.quiz.pairs import NONE, Pairs

WAYS = ("pairs", "single")  # two at a time, or one with a clock
COUNTS = (10, 20, 40)  # pairs of a game
SECONDS = (1, 2, 5, 10)  # that one sample is seen for
MAX_PLAYERS = 500


@dataclass(frozen=True, slots=True)
class Score:
    """So many right of so many, and the Wilson interval (95 %) of the share."""

    right: int
    count: int

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.right, self.count)

    def told(self) -> dict[str, float]:
        low, high = self.interval
        return {"right": self.right, "n": self.count, "low": low, "high": high}


@dataclass(slots=True)
class Player:
    number: int  # within the game; part of what decides their sides
    answers: list[bool] = field(default_factory=list)  # right or not, pair by pair

    @property
    def score(self) -> Score:
        return Score(sum(self.answers), len(self.answers))


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a game is of, for whoever plays it."""

    model: str  # an id; whoever joined may have no such model
    title: str
    modality: str
    classes: tuple[str, ...]
    source: str  # title of the real samples
    way: str  # of WAYS
    seconds: int  # 0 where there is no clock
    is_seen: bool  # whether D may have trained on the real samples
    is_read: bool = False  # whether D is given what an encoder reads of an item, not G's own signal
    record: str = ""  # under what its answers are kept; "": they are not

    @property
    def kept_as(self) -> str:
        """The way of playing, as results of equal ones are added up."""
        return self.way if self.way == "pairs" else f"{self.way} {self.seconds}"


class Game:
    """Not safe to use from several threads: games.Games asks it under its lock."""

    def __init__(
        self, about: About, pairs: Pairs, secret: bytes, *, host: str, is_open: bool
    ) -> None:
        self.about, self.pairs, self.host, self.is_open = about, pairs, host, is_open
        self._secret = secret
        self.players: dict[str, Player] = {}  # by visitor, in the order of their coming
        self.touched = 0.0  # when, by the clock of whoever keeps it

    def join(self, visitor: str) -> Player:
        """The visitor as a player; who comes again goes on where they were.

        Raises:
            QuotaError: the game has MAX_PLAYERS.
        """
        if visitor not in self.players and len(self.players) >= MAX_PLAYERS:
            raise QuotaError(
                f"{MAX_PLAYERS} people play this game, which is the most; begin another"
            )
        return self.players.setdefault(visitor, Player(len(self.players)))

    def side(self, player: Player, k: int) -> int:
        """Of pair k: where the real one is, 0 left or 1 right; of one sample: 0 it is real, 1 generated."""
        told = f"{player.number}/{k}".encode()
        return hashlib.blake2b(told, key=self._secret, digest_size=1).digest()[0] & 1

    def shown(self, player: Player) -> np.ndarray:
        """The item or the two items, in their order, that the player is asked about now."""
        k = len(player.answers)
        both = [self.pairs.real[k], self.pairs.fake[k]]
        side = self.side(player, k)
        chosen = both[::-1] if side else both
        return np.stack(chosen if self.about.way == "pairs" else chosen[:1])

    def label(self, k: int) -> str:
        """The class that both of a pair are of; "" where there is none."""
        label = int(self.pairs.labels_N[k])
        return "" if label == NONE else self.about.classes[label]

    def answer(self, player: Player, k: int, choice: int) -> bool:
        """Whether it was right. An answer to another pair than the one that is asked changes nothing.

        Raises:
            ConfigError: it is not asked now.
        """
        if k != len(player.answers) or k >= len(self.pairs):
            raise ConfigError(f"pair {len(player.answers) + 1} is asked; got an answer to {k + 1}")
        player.answers.append(choice == self.side(player, k))
        return player.answers[-1]

    def is_done(self, player: Player) -> bool:
        return len(player.answers) >= len(self.pairs)

    @property
    def d_score(self) -> Score:
        """D's: it is shown both of every pair, also where people see one of them."""
        return Score(int(self.pairs.found_N.sum()), len(self.pairs))

    @property
    def together(self) -> Score:
        """All answers of all players, of those who still play too."""
        answers = [answer for player in self.players.values() for answer in player.answers]
        return Score(sum(answers), len(answers))

    def of_pair(self, k: int) -> Score:
        """Of all players who have answered it."""
        answers = [p.answers[k] for p in self.players.values() if len(p.answers) > k]
        return Score(sum(answers), len(answers))


def nearest(value: object, known: Sequence[int], otherwise: int) -> int:
    """`value` if it is among the known ones."""
    is_known = isinstance(value, int) and not isinstance(value, bool) and value in known
    return int(value) if is_known else otherwise  # type: ignore[call-overload]
