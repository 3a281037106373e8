"""What a Spack recipe depends on, a line each, without Spack: its directives are stand-ins.

usage: spack_recipe.py PACKAGE.PY. Spack itself is on no package index, so this is a parse check: the
file is executed, and directives with arguments that Spack does not have are errors.
"""

import sys
import types

depends: list[str] = []


def depends_on(spec: str, when: str | None = None, type: str | tuple | None = None) -> None:
    depends.append(spec)


def version(name: str, branch: str | None = None, tag: str | None = None) -> None:
    assert branch or tag, f"version {name}: neither branch nor tag"


def spdx(name: str) -> None:
    assert name == "Apache-2.0", name


class CMakePackage:
    prefix = "/prefix"

    @staticmethod
    def define(variable: str, value: str | bool) -> str:
        if isinstance(value, bool):
            return f"-D{variable}:BOOL={'ON' if value else 'OFF'}"
        return f"-D{variable}:STRING={value}"


def main() -> None:
    spack, package = types.ModuleType("spack"), types.ModuleType("spack.package")
    package.__dict__.update(
        CMakePackage=CMakePackage, depends_on=depends_on, version=version, license=spdx,
        generator=lambda name: None)
    package.__all__ = ["CMakePackage", "depends_on", "version", "license", "generator"]
    sys.modules.update({"spack": spack, "spack.package": package})
    path = sys.argv[1]
    names = {"__file__": path, "__name__": "package"}
    with open(path, encoding="utf-8") as source:
        exec(compile(source.read(), path, "exec"), names)
    recipe = names["Capstan"]()
    assert all(word.startswith("-D") for word in recipe.cmake_args())
    print(*(spec.split("@")[0].split("+")[0] for spec in depends), recipe.git, sep="\n")


main()
