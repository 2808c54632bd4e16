"""How the suite runs: in several processes when it is whole, in one when a file is named."""

from types import SimpleNamespace

import conftest
import pytest

ROOT_PATHS, NAMED = pytest.Config.ArgsSource.TESTPATHS, pytest.Config.ArgsSource.ARGS


def options_of(source: pytest.Config.ArgsSource, **given: object) -> SimpleNamespace:
    """What the options are once conftest has seen them."""
    begun = {"numprocesses": None, "dist": "no", "keyword": "", "usepdb": False}
    config = SimpleNamespace(
        option=SimpleNamespace(**{**begun, **given}),
        args_source=source,
        ArgsSource=pytest.Config.ArgsSource,
    )
    conftest.pytest_cmdline_main(config)
    return config.option


@pytest.mark.parametrize(("cores", "processes"), [(1, 0), (2, 2), (64, 4)])
def test_the_whole_suite_takes_the_cores(monkeypatch, cores: int, processes: int) -> None:
    monkeypatch.setattr(conftest, "cores", lambda: cores)
    options = options_of(ROOT_PATHS)
    assert options.numprocesses == processes
    assert options.dist == ("loadfile" if processes else "no")
    assert getattr(options, "maxworkerrestart", None) == ("0" if processes else None)


@pytest.mark.parametrize(
    ("source", "given"),
    [(NAMED, {}), (ROOT_PATHS, {"keyword": "ring"}), (ROOT_PATHS, {"usepdb": True})],
)
def test_a_part_of_it_pays_for_no_process(source: pytest.Config.ArgsSource, given: dict) -> None:
    assert options_of(source, **given).numprocesses is None


def test_the_number_that_is_asked_for_is_kept() -> None:
    assert options_of(ROOT_PATHS, numprocesses=0).dist == "no"
    asked = options_of(NAMED, numprocesses=3)
    assert (asked.numprocesses, asked.dist, asked.loadscopereorder) == (3, "loadfile", False)


def test_the_files_that_go_first_are_there() -> None:
    names = {path.name for path in conftest.HERE.glob("test_*.py")}
    assert set(conftest.FIRST) <= names and len(set(conftest.FIRST)) == len(conftest.FIRST)
