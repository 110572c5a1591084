# SPDX-License-Identifier: LGPL-2.1-or-later
"""Programs run for their numbers."""
import re
import subprocess
import sys
import tempfile


def run(command):
    """What it wrote."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed with {done.returncode}:\n{done.stdout}")
    return done.stdout


def instructions(command, *options):
    """Of the whole process, or of what the options of callgrind say."""
    with tempfile.TemporaryDirectory() as folder:
        output = run(["valgrind", "--tool=callgrind", *options, f"--callgrind-out-file={folder}/out", *command])
    return int(re.search(r"Collected\s*:\s*(\d+)", output).group(1))
