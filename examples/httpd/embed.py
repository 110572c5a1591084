#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes a JSON file as a C array: embed.py openapi.json description.c"""
import json
import sys

with open(sys.argv[1], encoding='utf-8') as file:
    text = json.dumps(json.load(file), separators=(',', ':')).encode('ascii')
with open(sys.argv[2], 'w', encoding='ascii') as file:
    file.write('#include "description.h"\n\nconst char description[] = {\n')
    for start in range(0, len(text), 24):
        file.write('    ' + ', '.join(str(byte) for byte in text[start:start + 24]) + ',\n')
    file.write('    0};\n')
