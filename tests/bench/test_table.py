# SPDX-License-Identifier: LGPL-2.1-or-later
"""What table.py makes of a measurement: test_table.py [unittest options]"""
import os
import subprocess
import sys
import unittest

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "table.py")


def run(text, status=0):
    """Exit status, standard output and standard error, of a measurement that prints this."""
    program = f"import os, sys; sys.stdout.write({text!r}); sys.stdout.flush(); {status}"
    done = subprocess.run([sys.executable, TABLE, sys.executable, "-c", program], capture_output=True, text=True,
                          check=False)
    return done.returncode, done.stdout, done.stderr


class Table(unittest.TestCase):
    maxDiff = None

    def test_objects_come_first_and_then_tables(self):
        text = ('{"benchmark": "links", "links": 1, "each_ns": 20.50}\n'
                'not an object\n'
                '{"benchmark": "links", "event": "bare", "ratio": 1.2}\n'
                '{"benchmark": "links", "links": 10000, "each_ns": 7}\n')
        self.assertEqual(run(text), (0, text + (
            '\n'
            'links\n'
            'links  each ns\n'
            '    1    20.50\n'
            '10000        7\n'
            '\n'
            'links\n'
            'event  ratio\n'
            'bare     1.2\n'), ''))

    def test_what_is_inside_an_object_is_one_cell(self):
        status, out, _ = run('{"benchmark": "size", "needs": ["a.so", "b.so"], "calls": {"send": 1, "recv": 2}}\n')
        self.assertEqual((status, out.splitlines()[2:]),
                         (0, ['size', 'needs      calls', 'a.so b.so  send 1, recv 2']))

    def test_wide_ones_lie_on_their_side(self):
        names = [f"a_rather_long_name_{number:02}" for number in range(12)]
        row = '{' + ', '.join(f'"{name}": {number}' for number, name in enumerate(names)) + '}\n'
        status, out, _ = run(row + row)
        self.assertEqual(status, 0)
        self.assertEqual(out.splitlines()[4], 'a rather long name 00   0   0')
        self.assertEqual(len(out.splitlines()), 4 + len(names))

    def test_a_measurement_that_fails_fails(self):
        self.assertEqual(run('{"a": 1}\n', 'sys.exit(3)')[0], 3)
        self.assertEqual(run('', 'sys.exit(77)'), (77, '', ''))
        status, _, err = run('', 'os.abort()')
        self.assertEqual((status, err), (1, 'the measurement was ended by SIGABRT\n'))


if __name__ == '__main__':
    unittest.main()
