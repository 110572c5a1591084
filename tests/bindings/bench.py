# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a call through a binding costs: bench.py FOLDER LIBRARY. A ratio above 1.5 fails; no language: skipped (77)."""
import os
import re
import subprocess
import sys

LIMIT = 1.5
SKIPPED = 77


def main(folder, library):
    environment = {**os.environ, "KEYCARD_LIBRARY": os.path.abspath(library)}
    done = subprocess.run(["sh", os.path.join(folder, "run.sh"), "bench"], env=environment, text=True,
                          stdout=subprocess.PIPE, check=False)
    print(f"{os.path.basename(folder)}: {done.stdout.strip()}")
    if done.returncode:
        return done.returncode
    ratios = dict(re.findall(r"^(\w+): binding \d+ ns, foreign \d+ ns, ratio (\d+\.\d+)$", done.stdout, re.M))
    return 0 if "status_name" in ratios and all(float(ratio) <= LIMIT for ratio in ratios.values()) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
