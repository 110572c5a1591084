# SPDX-License-Identifier: LGPL-2.1-or-later
"""The texts of the front desk: every language has every text, with the same values in it, and every text that the pages or
the library ask for is there."""

import json
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WEB = os.path.join(ROOT, 'examples', 'frontdesk', 'web')
LANGUAGES = ('en', 'de', 'es', 'bg')


def read(*path):
    with open(os.path.join(ROOT, *path), encoding='utf-8') as file:
        return file.read()


def texts(language):
    return json.loads(read(WEB, 'texts', language + '.json'))


class Texts(unittest.TestCase):
    def test_languages_have_the_same_texts(self):
        english = texts('en')
        for language in LANGUAGES[1:]:
            others = texts(language)
            self.assertEqual(english.keys(), others.keys(), language)
            for name, text in english.items():
                values = re.findall(r'\{\w+\}', text)
                self.assertEqual(sorted(values), sorted(re.findall(r'\{\w+\}', others[name])), f'{language} {name}')
                self.assertEqual(text == '', others[name] == '', f'{language} {name}')

    def test_pages_ask_for_texts_that_are_there(self):
        english, asked = texts('en'), set()
        for name in os.listdir(WEB):
            if name.endswith('.js'):
                script = read(WEB, name)
                asked |= set(re.findall(r"\bt\('([\w.-]+)'", script))
                for group in re.findall(r"\[([^\]]*)\]\.map\(\(name\) => t\(name\)\)", script):
                    asked |= set(re.findall(r"'([\w.-]+)'", group))
        self.assertGreater(len(asked), 80)
        self.assertEqual(asked - english.keys(), set())

    def test_what_the_library_says_is_translated(self):
        english = texts('en')
        header = read('include', 'keycard', 'keycard.h')
        for pattern, source, prefix in ((r'\{KC_ERROR_\w+,\s*"([a-z-]+)"', 'status.c', 'status'),):
            names = re.findall(pattern, read('lib', source))
            self.assertGreater(len(names), 40)
            self.assertEqual({f'{prefix}.{name}' for name in names} - english.keys(), set())
        for group, prefix, skipped in (('KIND', 'kind', ()), ('KEY', 'keystate', ()), ('ENCODER', 'encoder', ()), ('DEVICE', 'device', ()),
                                       ('STATE', 'opstate', ()), ('PROMPT', 'prompt', ('confirm',)), ('ADVICE', 'advice', ())):
            names = re.findall(rf'#define KC_{group}_([A-Z_]+) +\d', header)
            wanted = {f'{prefix}.{name.lower().replace("_", "-")}' for name in names if name.lower() not in skipped}
            self.assertGreater(len(wanted), 1)
            self.assertEqual(wanted - english.keys(), set())

    def test_server_codes_are_translated(self):
        english, faults = texts('en'), set()
        folder = os.path.join(ROOT, 'examples', 'frontdesk')
        for name in os.listdir(folder):
            if name.endswith('.c'):
                faults |= set(re.findall(r'fields_fault\([^,]*,\s*(?:"[^"]*"|name),\s*"([a-z-]+)"', read(folder, name)))
        self.assertGreater(len(faults), 8)
        self.assertEqual({f'fault.{name}' for name in faults} - english.keys(), {'fault.verb', 'fault.how'})


unittest.main()
