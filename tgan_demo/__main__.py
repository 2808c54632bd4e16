"""The commands: `python -m tgan_demo COMMAND`, see cli/main.py, and `tgan-demo` of an installed package."""

import sys


def entry() -> int:
    """`tgan-demo COMMAND` does the same; without one it opens the studio, with the options of app.py."""
    if sys.argv[1:] and not sys.argv[1].startswith("-"):
        return main()
    from tgan_demo.ui.serve import main as serve  # before torch: it says how threads wait

    return serve()


def main(arguments: list[str] | None = None) -> int:
    """One command; see cli/main.py."""
    from tgan_demo.cli.main import main as command

    return command(arguments)


if __name__ == "__main__":
    sys.exit(main())
