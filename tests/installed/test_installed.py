#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs the evidence engine into a folder of its own, compiles its manual's example with nothing but pkg-config's
flags, and runs it: test_installed.py SOURCE BUILD SANITIZERS."""
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

source, build, sanitizers = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
count = 0


def check(name, good, said=""):
    global count
    count += 1
    print(f"{'ok' if good else 'not ok'} {count} - {name}")
    if not good:
        print("\n".join("# " + line for line in str(said).splitlines()))


def run(*command, **more):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, **more)


with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder)
    done = run("meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", root)
    check("it installs", done.returncode == 0, done.stdout + done.stderr)
    config = next(root.rglob("pilothouse-evidence.pc"), None)
    check("pkg-config finds it", config is not None)
    check("both manuals are installed", all(any(root.rglob(f"{page}*")) for page in ("pilothouse.1", "pilothouse-evidence.3")),
          list(root.rglob("man*")))
    env = dict(os.environ, PKG_CONFIG_PATH=str(config.parent), PKG_CONFIG_SYSROOT_DIR=folder)
    flags = run("pkg-config", "--cflags", "--libs", "pilothouse-evidence", env=env)
    check("pkg-config's flags name the installed files", folder in flags.stdout, flags.stdout + flags.stderr)
    extra = [] if sanitizers in ("", "none") else [f"-fsanitize={sanitizers}"]

    manual = (source / "docs" / "pilothouse-evidence.3").read_text()
    example = re.search(r"^\.EX\n(.*?)^\.EE", manual, re.S | re.M).group(1).replace("\\e", "\\")
    (root / "example.c").write_text(example)
    made = run("cc", "-std=c11", "-Wall", "-Wextra", "-Werror", *extra, root / "example.c", *flags.stdout.split(), "-o", root / "example")
    check("the manual's example compiles without a warning", made.returncode == 0, made.stderr)
    said = run(root / "example")
    numbers = [[float(n) for n in row.split(",")] for row in re.findall(r"minutes\[\] = \{ ([^}]*) \}", example)][0]
    before, after = numbers[:4], numbers[4:]
    estimate = statistics.mean(after) - statistics.mean(before)
    # Equal sizes and variances: Welch's degrees of freedom are 6, whose 97.5 % quantile is 2.4469 (any table of t).
    half = 2.446912 * (statistics.variance(before) / 4 + statistics.variance(after) / 4) ** 0.5
    wanted = f"{estimate:.2f} minutes, {estimate - half:.2f} to {estimate + half:.2f}, grade A"
    check("and says what the textbook does", said.returncode == 0 and said.stdout.splitlines()[:1] == [wanted],
          f"{said.stdout}{said.stderr}wanted {wanted}")

    # Every set of defaults, with nothing else included: no header may lean on one that it does not bring.
    headers = "".join(path.read_text() for path in sorted((source / "include" / "pilothouse" / "evidence").glob("*.h")))
    defaults = re.findall(r"^#define (PH_(?:\w+_OPTIONS|PLAN|FINDINGS))\b", headers, re.M)
    check("there are defaults for every set of options", set(f"{name.lower()}" for name in defaults) >=
          set(re.findall(r"^struct (ph_\w+_options) {", headers, re.M)), defaults)
    every = "#include <pilothouse/evidence.h>\nint main(void)\n{\n" + "".join(
        f"    struct {name.lower()} v{i} = {name};\n    (void)v{i};\n" for i, name in enumerate(defaults))
    every += "    return ph_normal_cdf(0) == 0.5 ? 0 : 1;\n}\n"
    for language, compiler, suffix, options in (("C", "cc", "c", ["-std=c11", "-Wextra", "-pedantic"]),
                                                ("C++", shutil.which("c++") or "c++", "cpp", [])):
        (root / f"plus.{suffix}").write_text(every)
        made = run(compiler, *extra, *options, "-Wall", "-Werror", root / f"plus.{suffix}", *flags.stdout.split(), "-o", root / "plus")
        check(f"the header and all its defaults serve {language}", made.returncode == 0 and run(root / "plus").returncode == 0,
              made.stderr)

    pages = {page: run("man", "--warnings", "-l", source / "docs" / page, env=dict(os.environ, MANWIDTH="100", LC_ALL="C.UTF-8"))
             for page in ("pilothouse.1", "pilothouse-evidence.3")} if shutil.which("man") else {}
    for page, shown in pages.items():
        check(f"{page} is sound", shown.returncode == 0 and not shown.stderr and len(shown.stdout) > 2000, shown.stderr)
    if not pages:
        print(f"ok {count + 1} # SKIP there is no man here")
        count += 1
print(f"1..{count}")
