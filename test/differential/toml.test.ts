import { machine } from '../support/local-machine.js';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSignIn } from '../../src/sync/account.js';
import { DaemonIntent } from '../../src/daemon/outcome.js';
import { whySkipped } from '../../src/sync/ensure-sync-daemon.js';
import { describeIf, hasPython, hasTomllib } from '../support/requires.js';
import { bytesOf, inputs, readByPython } from './python.js';

const ENABLED = { SPEC_KITTY_ENABLE_SAAS_SYNC: '1' };

/** Keys and values in valid TOML notations and in some invalid ones. */
const notation = (key: string): fc.Arbitrary<string> =>
  fc.constantFrom(key, key, `"${key}"`, `'${key}'`, `${key.slice(0, -1)}\\u0${key.slice(-1)}`);
const value = fc.constantFrom(
  ...[
    '"manual"',
    '"MANUAL"',
    "'manual'",
    '" manual\\t"',
    '"\\u006Danual"',
    '"""manual"""',
    '"""\nmanual"""',
    "'''\r\nmanual'''",
  ],
  ...[
    '"manual\\u0085"',
    '"\\ufeffmanual"',
    '"manual\\u001c"',
    '"auto"',
    '""',
    '" "',
    '"""man\\\n  ual"""',
    'manual',
    'true',
    '7',
    '[]',
    '1979-05-27',
  ],
  ...[
    '"man÷ual"',
    '"man\u0000ual"',
    '"\\x6danual"',
    '"\\e"',
    '"https://x.example"',
    '"https://x.example/" # "no"',
    '{}',
    '"\\ud800"',
  ],
);
const before = fc.constantFrom(
  '',
  '',
  '',
  '\ufeff',
  '# 7\r\n',
  'x = 1\n',
  '[other]\n',
  'sync = 1\n',
  '\r',
  '[sync]\n',
  'inf = +inf\n',
  'd = 1979-05-27 07:32:00\n',
  '# \u007f\n',
);

function settings(table: string, keys: readonly string[]): fc.Arbitrary<Buffer> {
  const header = fc.constantFrom(
    `[${table}]\n`,
    `[ ${table} ]\n`,
    `["${table}"]\r\n`,
    `[[${table}]]\n`,
    `${table}.`,
    '',
  );
  const line = fc.oneof(...keys.map(notation)).chain((key) => value.map((text) => `${key} = ${text}\n`));
  return fc
    .tuple(before, header, fc.array(line, { minLength: 1, maxLength: keys.length }))
    .map(([start, head, lines]) => bytesOf(start + head + lines.join('')));
}

describeIf([hasPython, hasTomllib], 'TOML settings', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'spec-kitty-toml-'));
  });
  afterAll(() => {
    rmSync(root, { recursive: true });
  });

  test('allow an automatic start only when releases would start a daemon', () => {
    const all = inputs(settings('sync', ['background_daemon']));
    const program = `
import tomllib

def reading(content):
    try:
        data = tomllib.loads(bytes.fromhex(content).decode("utf-8").replace("\\r\\n", "\\n"))
    except tomllib.TOMLDecodeError:
        return "auto"
    raw = data.get("sync", {}).get("background_daemon")
    if raw is None or not isinstance(raw, str):
        return "auto"
    if raw.strip() == "":
        raise ValueError
    return "manual" if raw.strip().casefold() == "manual" else "auto"
`;
    const theirs = readByPython(
      program,
      all.map((bytes) => bytes.toString('hex')),
    );
    let started = 0;
    for (const [index, bytes] of all.entries()) {
      writeFileSync(join(root, 'config.toml'), bytes);
      const skip = whySkipped(machine.observer, root, ENABLED, {
        intent: DaemonIntent.REMOTE_REQUIRED,
      });
      if (!skip.ok || skip.value !== null) continue;
      started++;
      expect({ text: bytes.toString(), python: theirs[index] }).toEqual({
        text: bytes.toString(),
        python: 'auto',
      });
    }
    expect(started).toBeGreaterThan(50);
  });

  test('name the same account as in releases, or none', () => {
    const all = inputs(
      fc
        .tuple(settings('user', ['username', 'team_slug']), settings('server', ['url']))
        .map((parts) => Buffer.concat(parts)),
      3000,
    );
    const program = `
import tomllib

def reading(content):
    data = tomllib.loads(bytes.fromhex(content).decode("utf-8").replace("\\r\\n", "\\n"))
    def text(table, key):
        value = data.get(table, {}).get(key)
        return (value or "").strip() or None
    return {"server": text("server", "url"), "user": text("user", "username"), "teamSlug": text("user", "team_slug")}
`;
    const theirs = readByPython(
      program,
      all.map((bytes) => bytes.toString('hex')),
    );
    let read = 0;
    for (const [index, bytes] of all.entries()) {
      writeFileSync(join(root, 'credentials'), bytes);
      const ours = readSignIn(machine.observer, root, {}, { path: 'config.toml', content: {} });
      if (!ours.ok || ours.value.user === null) continue;
      read++;
      expect({ text: bytes.toString(), account: ours.value }).toEqual({
        text: bytes.toString(),
        account: theirs[index],
      });
    }
    expect(read).toBeGreaterThan(50);
  });
});
