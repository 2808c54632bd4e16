"""The wheel: the package and, inside it, the weights and recipes that lie beside it here."""

from setuptools import find_namespace_packages, setup

BESIDE = {f"tgan_demo.{name}": name for name in ("weights", "recipes")}

setup(
    packages=[*find_namespace_packages(include=["tgan_demo*"]), *BESIDE],
    package_dir=BESIDE,
    package_data={"": ["*.js", "*.css", "*.html", "*.toml", "*.png"]}
    | {name: ["**/*"] for name in BESIDE},
    include_package_data=False,  # what is named here, no more
)
