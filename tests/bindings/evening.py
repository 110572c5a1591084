# SPDX-License-Identifier: LGPL-2.1-or-later
"""An evening at the desk in one language, on simulated lock systems, against examples/bindings/evening.expected.

evening.py FOLDER SIMULATOR LIBRARY [PROGRAM]   FOLDER is the language's, with its run.sh; PROGRAM is "evening"

Ends with 77 (skipped) and the reason if the language is not installed.
"""
import difflib
import os
import subprocess
import sys

from rig import PATIENCE, Rig

EFFECTS = {"salto": ["original", "duplicate", "original", "duplicate", "mobile"], "saflok-lens": ["original"]}
SKIPPED = 77


def main(folder, simulator, library, program="evening"):
    with open(os.path.join(folder, "..", "evening.expected"), encoding="utf-8") as file:
        expected = file.read()
    with Rig(simulator, library) as rig:
        done = subprocess.run(["sh", os.path.join(folder, "run.sh"), program], env=rig.environment, text=True,
                              encoding="utf-8", stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=PATIENCE,
                              check=False)
        if done.returncode == SKIPPED:
            print(f"SKIPPED: {done.stdout.strip()}")
            return SKIPPED
        faults = list(difflib.unified_diff(expected.splitlines(), done.stdout.splitlines(), "expected", "printed",
                                           lineterm=""))
        print("\n".join(faults or [done.stdout]))
        if done.returncode != 0:
            faults.append(f"the program ended with status {done.returncode}")
            print(faults[-1])
        for driver, effects in EFFECTS.items():
            if rig.effects(driver) != effects:
                faults.append(driver)
                print(f"the lock system of {driver} did {rig.effects(driver)}, and should have done {effects}")
    return 1 if faults else 0


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
