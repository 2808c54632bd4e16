"""How far what ONNX Runtime makes of a model's files is from what PyTorch makes, on a hundred seeds.

    python benchmarks/onnx_files.py                     every bundled model
    python benchmarks/onnx_files.py image/digits        only these

Prints a row for each model: the largest difference of any number that a file puts out. Ends with 1 where
one is above LIMIT. It takes half a minute of one core a model.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tgan_demo.models.folder import load_model
from tgan_demo.models.onnx_files import write_onnx

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 1e-4


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n")[0])
    parser.add_argument("models", nargs="*", help="ids; none: all that are bundled")
    bundled = sorted(f"{p.parent.name}/{p.name}" for p in (ROOT / "weights").glob("*/*/"))
    worst = 0.0
    for name in parser.parse_args().models or bundled:
        with tempfile.TemporaryDirectory() as folder:
            said = write_onnx(load_model(ROOT / "weights" / name), Path(folder))
        found = said["max_difference"]
        worst = max(worst, *found.values())
        row = "  ".join(f"{file} {found[file]:.1e}" for file in said["files"])
        print(f"{name:<18}{row}", flush=True)
    print(f"largest {worst:.1e}, limit {LIMIT:.0e}")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
