# Flags of every target. No contraction: a fused multiply-add where the compiler likes one would
# change published bits from machine to machine.
add_compile_options(-ffp-contract=off -fno-math-errno -Wall -Wextra -Wshadow -Wconversion
                    -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2)
if(CAPSTAN_WERROR)
  add_compile_options(-Werror)
endif()
if(CAPSTAN_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
add_compile_definitions(_GNU_SOURCE)
add_link_options(-Wl,--as-needed)
# Relocatable; Spack and others say where their libraries are.
set(CMAKE_INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}" CACHE STRING "Where programs look for libraries")
