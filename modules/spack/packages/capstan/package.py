# Capstan for Spack, from the clone that this file lies in:
#   spack repo add CLONE/modules/spack && spack install capstan
from pathlib import Path

from spack.package import *

try:
    from spack_repo.builtin.build_systems.cmake import CMakePackage
except ImportError:
    pass  # before Spack 1.0 it comes with spack.package


class Capstan(CMakePackage):
    """Continuous training for Slurm clusters: programs, and a directory on a shared file system."""

    git = Path(__file__).resolve().parents[4].as_uri()

    license("Apache-2.0")

    version("main", branch="main")

    depends_on("c", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("ninja", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("random123", type="build")

    depends_on("mpi")
    depends_on("hdf5+mpi")
    depends_on("jansson")
    depends_on("libyaml")
    depends_on("openssl")
    depends_on("utf8proc")

    generator("ninja")

    def cmake_args(self):
        return [
            self.define("CMAKE_BUILD_TYPE", "None"),
            self.define("CMAKE_C_FLAGS", "-O2 -g1"),
            self.define("CAPSTAN_WERROR", False),
            self.define("CAPSTAN_TESTS", False),
        ]

    def setup_run_environment(self, env):
        env.set("CAPSTAN_ROOT", self.prefix)
