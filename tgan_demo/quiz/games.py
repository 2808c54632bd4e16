"""The games that are played now: begun, joined by a code, answered, forgotten.

All of it lies in memory, bounded, and is gone with the server; only counts are kept (kept.py). A player is
the visitor of a page, so there are no accounts, and who loads the page again goes on where they were.
"""

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np

from tgan_demo.engine.draw.model import Model
from tgan_demo.errors import NotFoundError, QuotaError
from tgan_demo.models.listing import ModelInfo
from tgan_demo.people.store import Store
from tgan_demo.quiz import pairs, sources
from tgan_demo.quiz.game import COUNTS, SECONDS, WAYS, About, Game, Player, nearest
from tgan_demo.quiz.kept import Kept, Tally, record_of

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none is taken for another
CODE = 6  # of them: 887 million codes
MAX_GAMES = 64
MAX_BYTES = 128 * 2**20  # of all games' samples
MAX_HOSTED = 3  # games of one visitor
IDLE_S = 3600.0  # a game that nobody touches is forgotten
MAX_MET = 20_000  # visitors whose last game is known


@dataclass(frozen=True, slots=True)
class Asked:
    """How somebody wants to play; every value may be anything."""

    source: object = ""
    way: object = "pairs"
    count: object = 20
    seconds: object = 5
    is_open: object = False


class Games:
    """Safe to use from many threads.

    Args:
        turn: what networks are asked within.
        seed: decides every game's samples and sides; a secret of this server unless told.
    """

    def __init__(
        self,
        store: Store,
        load: Callable[[str, str | None], Model],
        turn: Callable[[], AbstractContextManager[object]],
        *,
        seed: bytes | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store, self.kept = store, Kept(store.data_dir)
        self._load, self._turn, self._clock = load, turn, clock
        self._seed = secrets.token_bytes(32) if seed is None else seed
        self._begun = 0
        self._lock = threading.RLock()
        self._games: dict[str, Game] = {}  # by code, the oldest first
        self._met: OrderedDict[str, str] = OrderedDict()  # visitor -> code of their game

    # -- before a game

    def sources(self, info: ModelInfo, visitor: str | None) -> tuple[sources.Source, ...]:
        return sources.sources(info, self.store, visitor)

    def source_of(self, model_id: str, visitor: str | None) -> str:
        """Where the model's own data came from, as its settings say."""
        return str(self._load(model_id, visitor).meta.get("data", {}).get("source", ""))[:200]

    def results(self, info: ModelInfo, visitor: str | None) -> dict[str, Tally]:
        """What people said of the model so far, by way of playing."""
        return self.kept.of(self._record(info, visitor))

    def begin(self, info: ModelInfo, visitor: str, asked: Asked) -> Game:
        """A game of this visitor's, who plays it. May take seconds, and goes online for a set of the Hub.

        Raises:
            NotFoundError: no such source. DataError: it cannot be had. QuotaError: no room.
        """
        self._make_room(visitor)
        source = sources.find(str(asked.source), info, self.store, visitor)
        with self._lock:
            self._begun += 1
            secret = hashlib.blake2b(
                str(self._begun).encode(), key=self._seed, digest_size=32
            ).digest()
        rng = np.random.default_rng(list(secret))
        pool = sources.pool(source, info, self.store, visitor, rng)
        model = self._load(info.id, visitor)
        count = nearest(asked.count, COUNTS, 20)
        made = pairs.make(model, pool, count, rng, self._turn)
        # a shared model's record is of data that nobody could have brought
        is_kept = source.is_learned and (info.own or source.kind != "own")
        way = asked.way if asked.way in WAYS else WAYS[0]
        about = About(
            model=info.id,
            title=info.title,
            modality=info.modality,
            classes=info.classes,
            source=source.title,
            way=str(way),
            seconds=nearest(asked.seconds, SECONDS, 5) if way == "single" else 0,
            is_seen=source.is_seen,
            is_read=model.tokenizer.encodes,
            record=self._record(info, visitor) if is_kept else "",
        )
        game = Game(about, made, secret, host=visitor, is_open=asked.is_open is True)
        with self._lock:
            self._make_room(visitor, made.nbytes)
            self._games[self._new_code()] = game
            self._enter(game, visitor)
        return game

    def join(self, visitor: str, code: object) -> Game:
        """Come into a game that is open to others.

        Raises:
            NotFoundError: there is no such game, or it is not open (which of the two is not said).
        """
        wanted = "".join(c for c in str(code)[:40].upper() if c.isalnum())
        with self._lock:
            self._forget()
            game = self._games.get(wanted)
            if game is None or not (game.is_open or game.host == visitor):
                raise NotFoundError("no game has this code, or no longer; ask for it again")
            self._enter(game, visitor)
            return game

    # -- within one

    def current(self, visitor: str | None) -> tuple[Game, Player] | None:
        """The game that a visitor came into last, if it is still there."""
        with self._lock:
            self._forget()
            game = self._games.get(self._met.get(visitor or "", ""))
            if game is None or visitor is None or visitor not in game.players:
                return None
            game.touched = self._clock()
            return game, game.players[visitor]

    def answer(self, visitor: str | None, k: int, choice: int) -> tuple[Game, Player, bool]:
        """The visitor's answer to pair k of their game, and whether it was right.

        Raises:
            NotFoundError: they play none. ConfigError: that pair is not asked.
        """
        with self._lock:
            found = self.current(visitor)
            if found is None:
                raise NotFoundError("this game has ended; begin another")
            game, player = found
            right = game.answer(player, k, choice)
            if game.is_done(player) and game.about.record:
                score, d = player.score, game.d_score
                tally = Tally(score.right, score.count, 1, d.right, d.count)
                self.kept.add(game.about.record, game.about.title, game.about.kept_as, tally)
            return game, player, right

    def leave(self, visitor: str | None) -> None:
        """Come out of the game. One that only its host may play is forgotten."""
        with self._lock:
            code = self._met.pop(visitor or "", "")
            game = self._games.get(code)
            if game and not game.is_open:
                del self._games[code]

    def code(self, game: Game) -> str:
        with self._lock:
            return next((code for code, one in self._games.items() if one is game), "")

    # -- room

    def _enter(self, game: Game, visitor: str) -> None:
        if (before := self._games.get(self._met.get(visitor, ""))) is not game and before:
            self.leave(visitor)
        game.join(visitor)
        game.touched = self._clock()
        self._met[visitor] = self.code(game)
        self._met.move_to_end(visitor)
        while len(self._met) > MAX_MET:
            self._met.popitem(last=False)

    def _forget(self) -> None:
        limit = self._clock() - IDLE_S
        for code in [code for code, game in self._games.items() if game.touched < limit]:
            del self._games[code]

    def _make_room(self, visitor: str, num_bytes: int = 0) -> None:
        """Forget this host's oldest games, then those that one alone plays, the longest untouched first.

        Raises:
            QuotaError: all that is left is played by several.
        """
        with self._lock:
            self._forget()
            hosted = [code for code, game in self._games.items() if game.host == visitor]
            for code in hosted[: max(0, len(hosted) - MAX_HOSTED + 1)]:
                del self._games[code]
            alone = [item for item in self._games.items() if not item[1].is_open]
            alone.sort(key=lambda item: item[1].touched)
            used = sum(game.pairs.nbytes for game in self._games.values())
            while len(self._games) >= MAX_GAMES or used + num_bytes > MAX_BYTES:
                if not alone:
                    raise QuotaError(
                        f"{len(self._games)} games are played here, which is all there is room for; "
                        "join one, or try again later"
                    )
                code, game = alone.pop(0)
                used -= game.pairs.nbytes
                del self._games[code]

    def _new_code(self) -> str:
        """Never derived from the seed: a code that is given out says nothing of any game."""
        while True:
            code = "".join(secrets.choice(LETTERS) for _ in range(CODE))
            if code not in self._games:
                return code

    def _record(self, info: ModelInfo, visitor: str | None) -> str:
        folder = self._load(info.id, visitor).folder
        return record_of(folder, f"{visitor} {info.id}" if info.own else "")
