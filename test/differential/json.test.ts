import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseHealthBody } from '../../src/scan/health.js';
import { answersAs } from '../../src/identity/contracts.js';
import { parsePythonJson } from '../../src/model/json.js';
import { describeIf, hasPython } from '../support/requires.js';
import { bytesOf, inputs, readByPython, textsOf } from './python.js';

const PYTHON = `
import json

def reading(content):
    body = json.loads(bytes.fromhex(content).decode("utf-8"))
    owner = body.get("owner")
    owner = owner if isinstance(owner, dict) else {}
    def whole(value):
        return value if type(value) is int and abs(value) < 2 ** 53 else None
    version = whole(body.get("protocol_version"))
    def text(value):
        return value if isinstance(value, str) else None
    return {
        "isSync": body.get("status") == "ok" and version is not None
        and isinstance(body.get("sync"), dict) and "project_path" not in body,
        "token": text(body.get("token")), "protocolVersion": version,
        "scope": text(body.get("singleton_scope_id")),
        "pid": whole(owner.get("pid")), "port": whole(owner.get("port")),
    }
`;

const number = [
  '1',
  '1',
  '1',
  '4711',
  '1.0',
  '1e0',
  '10e-1',
  '1.5',
  '-0',
  '01',
  '-1',
  '01.0',
  '1.',
  '.5',
  '-01.0',
];
const other = [
  'true',
  'null',
  'NaN',
  'Infinity',
  '-Infinity',
  '-NaN',
  '9007199254740993',
  '1e400',
  '{}',
  '[]',
];
const text = ['"ok"', '"NaN 1.0 \\" Infinity"', '"\\ud800"', '"\\', '"a\nb"', '"÷"', '"\\u00e9é"', '"1.0'];
const value = fc.constantFrom(...number, ...other, ...text);
const usually = (usual: string): fc.Arbitrary<string> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, value);
const member = fc.oneof(
  fc.constantFrom(
    '"status": "ok"',
    '"sync": {}',
    '"project_path": "/p"',
    '"__proto__": {"token": "T"}',
    '"sync": 7',
  ),
  fc
    .tuple(fc.constantFrom('protocol_version', 'token', 'note', 'owner', 'status'), value)
    .map(([k, v]) => `"${k}": ${v}`),
);
const health = fc
  .tuple(
    usually('1'),
    usually('"T"'),
    usually('4711'),
    usually('9401'),
    usually('{"running": false}'),
    fc.array(member, { maxLength: 2 }),
    fc.constantFrom('', '', '', '\ufeff', ' ', '\v', ','),
  )
  .map(([version, token, pid, port, sync, more, around]) => {
    const owner = `{"pid": ${pid}, "port": ${port}}`;
    const members = [
      '"status": "ok"',
      `"protocol_version": ${version}`,
      `"token": ${token}`,
      `"sync": ${sync}`,
      `"owner": ${owner}`,
      `"singleton_scope_id": "/root"`,
    ];
    return bytesOf(`${around}{${[...members, ...more].join(', ')}}${around}`);
  });

describeIf([hasPython], 'a health answer in JSON', () => {
  test('counts as a sync answer exactly when Python reads it as one, with the same fields', () => {
    const all = inputs(health);
    const theirs = readByPython(
      PYTHON,
      all.map((bytes) => bytes.toString('hex')),
    );
    let both = 0;
    for (const [index, bytes] of all.entries()) {
      const answer = parseHealthBody(bytes.toString('utf8'));
      const isSync = answer.kind === 'answered' && answersAs('sync', answer.body);
      const python = theirs[index] as { isSync: boolean } | null;
      expect({ text: bytes.toString(), isSync }).toEqual({
        text: bytes.toString(),
        isSync: python?.isSync ?? false,
      });
      if (!isSync) continue;
      both++;
      const { token, protocolVersion, singletonScopeId: scope, owner } = answer.body;
      const ours = {
        isSync,
        token,
        protocolVersion,
        scope,
        pid: owner?.pid ?? null,
        port: owner?.port ?? null,
      };
      // Python has no integer -0. JSON.stringify turns -0 into 0.
      expect({ text: bytes.toString(), python }).toEqual({
        text: bytes.toString(),
        python: JSON.parse(JSON.stringify(ours)) as unknown,
      });
    }
    expect(both).toBeGreaterThan(500);
  });

  test('is valid JSON exactly when Python parses it', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '1',
      '0',
      '.',
      'e',
      '-',
      'NaN',
      'Infinity',
      'null',
      ' ',
      '"a"',
    ];
    const all = inputs(textsOf(pieces, 7));
    const theirs = readByPython(
      'import json\ndef reading(text):\n    json.loads(text)\n    return True\n',
      all,
    );
    for (const [index, json] of all.entries()) {
      expect({ json, isRead: isRead(json) }).toEqual({ json, isRead: theirs[index] ?? false });
    }
  });

  test('is parsed in linear time, also with millions of escaped quotes', () => {
    const hostile = '"' + '\\"'.repeat(4_000_000);
    expect(isRead(hostile)).toBe(false);
  });
});

function isRead(json: string): boolean {
  try {
    parsePythonJson(json);
    return true;
  } catch {
    return false;
  }
}
