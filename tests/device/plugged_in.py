# SPDX-License-Identifier: LGPL-2.1-or-later
"""Devices for a program that is tested from outside: the program plugged_in.c, and the environment in which another
program has them instead of those of this computer."""

import os
import subprocess


class Desk:
    """Takes the two paths of tests/device/meson.build and a folder of the test's own."""

    def __init__(self, program, shim, folder):
        denied = os.path.join(folder, 'denied')
        self.process = subprocess.Popen([program, denied], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        root = self.process.stdout.readline().strip()
        if not root:
            raise OSError('umockdev does not run here')
        self.environment = {'UMOCKDEV_DIR': root, 'KEYCARD_DENIED': denied,
                            'LD_PRELOAD': f'{shim} libumockdev-preload.so.0'}

    def __call__(self, *words):
        """desk('stripe', '1-4.2') and the like."""
        self.process.stdin.write(' '.join(words) + '\n')
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if answer != 'ok\n':
            raise OSError(f'{words}: {answer!r}')

    def close(self):
        """After the programs that had the devices have ended."""
        self.process.stdin.close()
        status = self.process.wait()
        self.process.stdout.close()
        if status != 0:
            raise OSError(f'the devices ended with {status}')
