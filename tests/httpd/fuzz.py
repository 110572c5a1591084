# SPDX-License-Identifier: LGPL-2.1-or-later
"""keycard-httpd against requests that are made from its own description, right ones and wrong ones: each answer is as
the description says, and the service goes on. fuzz.py HTTPD KEYCARD_SIM [REQUESTS]"""

import json
import os
import sys
import urllib.parse

from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from rig import Case, Description

# What breaks things, where a schema would not go by itself.
HOSTILE = ['', '\u0001', '\u202e', "'; DROP TABLE keys; --", '<script>', '{{7*7}}', '../../etc/passwd', '%00', '\U0001f3e8' * 30,
           'x' * 5000, '-1', '2036-02-30', '2036-06-15T25:00', '9999-12-31', '0000-01-01', '+0', 'a@b', '\r\nX: y']
KNOWN = ['4711', '4712', '101', '102', 'Desk 1', 'Desk 2', 'desk-1', '2036-06-15', '2036-06-18T11:00', '+447700900123',
         'a@example.com', '04A1B2C3D4', 'virtual']


# What a PMS would send, by field.
SENSIBLE = {'booking': ['4711', '4712'], 'rooms': [['101'], ['102'], ['101', '102']], 'station': ['desk-1', 'desk-2'],
            'encoder': ['Desk 1', 'Desk 2'], 'system': ['virtual'], 'from': ['2036-06-15', '2036-06-15T14:00+03:00'],
            'until': ['2036-06-18', '2036-06-18T11:00'], 'phone': ['+447700900123'], 'email': ['a@example.com'],
            'cardSerial': ['04A1B2C3D4'], 'areas': [['spa']], 'deniedAreas': [['pool']], 'key': ['<1>']}


def texts(schema):
    if 'enum' in schema:
        return st.sampled_from(schema['enum'])
    free = st.text(st.characters(blacklist_categories=('Cs',)), min_size=schema.get('minLength', 0),
                   max_size=min(schema.get('maxLength', 40), 40))
    return st.one_of(st.sampled_from(KNOWN), free)


def right(schema, document):
    """Values that a schema allows, mostly: known ones come first, so that operations go far."""
    if '$ref' in schema:
        return right(document['components']['schemas'][schema['$ref'].rsplit('/', 1)[1]], document)
    kind = schema.get('type')
    if kind == 'string':
        return texts(schema)
    if kind == 'integer':
        return st.integers(schema.get('minimum', -5), schema.get('maximum', 5))
    if kind == 'boolean':
        return st.booleans()
    if kind == 'array':
        return st.lists(right(schema['items'], document), max_size=min(schema.get('maxItems', 4), 4))
    fields = {name: st.one_of(*[st.sampled_from(SENSIBLE[name])] * 3, right(value, document)) if name in SENSIBLE else
              right(value, document) for name, value in schema.get('properties', {}).items()}
    required = {name: fields.pop(name) for name in schema.get('required', [])}
    return st.fixed_dictionaries(required, optional=fields)


# Stand for the last operations that were started; what is drawn must not depend on what was answered.
SEEN = ['<1>', '<2>', '<3>', '<4>', '<5>']

ANYTHING = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(HOSTILE) |
                        st.text(max_size=20), lambda inner: st.lists(inner, max_size=4) |
                        st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=8)


@st.composite
def bodies(draw, schema, document):
    """A right body, one with a field that is wrong, or none at all that a client should send."""
    body = draw(right(schema, document))
    how = draw(st.sampled_from(['right', 'right', 'right', 'field', 'more', 'anything', 'bytes']))
    if how == 'field' and body:
        body[draw(st.sampled_from(sorted(body)))] = draw(ANYTHING)
    elif how == 'more':
        body[draw(st.text(max_size=8))] = draw(ANYTHING)
    elif how == 'anything':
        return json.dumps(draw(ANYTHING))
    elif how == 'bytes':
        return draw(st.binary(max_size=200))
    return json.dumps(body)


@st.composite
def requests(draw, document):
    paths = sorted((path, methods) for path, methods in document['paths'].items() if path != '/v1/events')
    starting = [('/v1/operations', {'post': document['paths']['/v1/operations']['post']})]
    template, methods = draw(st.sampled_from(paths + 8 * starting))
    method, operation = draw(st.sampled_from(sorted(methods.items())))
    path, headers, query = template, {}, []
    for parameter in operation.get('parameters', []):
        if parameter['in'] == 'path':
            value = draw(st.one_of(st.sampled_from(SEEN), st.text(min_size=1, max_size=20)))
            path = path.replace('{id}', value if value in SEEN else urllib.parse.quote(value, safe=''))
        elif parameter['in'] == 'query' and draw(st.booleans()):
            value = draw(st.one_of(right(parameter['schema'], document), st.sampled_from(HOSTILE)))
            query.append((parameter['name'], str(value)))
        elif parameter['name'] == 'Prefer' and draw(st.booleans()):
            headers['Prefer'] = draw(st.sampled_from(['wait=1', 'wait=0', 'respond-async', 'wait=x', 'wait=-1', 'a=1, wait=2']))
        elif parameter['name'] == 'Idempotency-Key' and draw(st.booleans()):
            headers['Idempotency-Key'] = draw(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=120))
    body = None
    if 'requestBody' in operation:
        body = draw(bodies(operation['requestBody']['content']['application/json']['schema'], document))
    return method.upper(), path + ('?' + urllib.parse.urlencode(query) if query else ''), headers, body


class Fuzz(Case):
    REQUESTS = 300

    def runTest(self):
        client = self.serve('[system virtual]\nuri = virtual:\nanswer-timeout = 2000\n')
        document = client.get('/openapi.json').json
        description = Description(document)
        seen, statuses = [], {}

        @settings(max_examples=self.REQUESTS, deadline=None, database=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))
        @given(st.data())
        def one(data):
            method, path, headers, body = data.draw(requests(document))
            for number, place in enumerate(SEEN, 1):
                known = seen[-number] if number <= len(seen) else 'nothing'
                path = path.replace(place, known)
                body = body.replace(place, known) if isinstance(body, str) else body
            answer = client.ask(method, path, body, headers=headers)
            self.assertNotEqual(answer.status, 500, answer)
            self.assertNotIn(client.token.encode(), answer.body)
            description.check(method, path, answer)
            statuses[answer.status] = statuses.get(answer.status, 0) + 1
            if method == 'POST' and answer.status in (200, 202):
                seen.append(answer.json['id'])

        one()
        self.assertIsNone(self.httpd.poll(), 'the service ended')
        self.assertEqual(client.get('/health').json, {'status': 'pass'})
        self.assertEqual(client.start('verify-ledger').status, 200)
        print(f'answers by status: {dict(sorted(statuses.items()))}')
        self.assertTrue({200, 202, 404, 422} <= set(statuses), statuses)


if __name__ == '__main__':
    Case.HTTPD, Case.SIMULATOR = map(os.path.abspath, sys.argv[1:3])
    Fuzz.REQUESTS = int(sys.argv[3]) if len(sys.argv) > 3 else int(os.environ.get('KEYCARD_FUZZ_REQUESTS', '150'))
    Fuzz().debug()
