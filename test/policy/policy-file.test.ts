import { machine } from '../support/local-machine.js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { openPolicy } from '../../src/policy/load.js';
import { SHIPPED_TEXT } from '../builders/policy.js';
import { describeIf, isRoot } from '../support/requires.js';

describe('who could have written the policy file', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'policy-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const file = (name: string, text: string | Buffer = SHIPPED_TEXT, mode = 0o644): string => {
    mkdirSync(join(folder, name), { mode: 0o755 });
    const path = join(folder, name, 'p.yaml');
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  const problemOf = (path: string): string => {
    const loaded = openPolicy(machine.observer, path);
    return loaded.ok ? '' : loaded.problems.map(({ message, hint }) => `${message} (${String(hint)})`).join();
  };
  test('one of our own is taken', () => {
    expect(problemOf(file('good'))).toBe('');
  });
  test('the hash is that of its bytes', () => {
    const text = `\uFEFF${SHIPPED_TEXT}# größer\n`;
    const loaded = openPolicy(machine.observer, file('hashed', text));
    const sha256 = createHash('sha256').update(Buffer.from(text)).digest('hex');
    expect(loaded).toMatchObject({ ok: true, policy: { sha256 } });
  });
  test.each([0o666, 0o664, 0o602])('writable by others: mode %o', (mode) => {
    expect(problemOf(file(`open-${mode}`, SHIPPED_TEXT, mode))).toContain('can be written by others');
  });
  test.each([0o777, 0o770, 0o1777])('in a folder that others can write to: mode %o', (mode) => {
    const path = file(`open-folder-${mode}`);
    chmodSync(join(folder, `open-folder-${mode}`), mode);
    expect(problemOf(path)).toContain('can be written by others');
  });
  test('behind a link: the folder of every name on the way counts', () => {
    file('target');
    mkdirSync(join(folder, 'way'));
    symlinkSync('../target/p.yaml', join(folder, 'way/middle.yaml'));
    symlinkSync('way/middle.yaml', join(folder, 'given.yaml'));
    expect(problemOf(join(folder, 'given.yaml'))).toBe('');
    for (const name of ['target', 'way']) {
      chmodSync(join(folder, name), 0o777);
      expect(problemOf(join(folder, 'given.yaml'))).toContain(`/${name}\` can be written by others`);
      chmodSync(join(folder, name), 0o755);
    }
  });
  test.each(['above', 'above/far'])('below a folder that others can write to, higher up: %s', (way) => {
    const [name = ''] = way.split('/');
    mkdirSync(join(folder, way), { recursive: true });
    const path = file(`${way}/${way.length}`);
    chmodSync(join(folder, name), 0o777);
    expect(problemOf(path)).toContain(`/${name}\` can be written by others`);
    // As in /tmp: nobody can exchange what is ours in there.
    chmodSync(join(folder, name), 0o1777);
    expect(problemOf(path)).toBe('');
    chmodSync(join(folder, name), 0o755);
  });
  test('through a linked folder: what holds the link counts, and all that leads to its target', () => {
    for (const name of ['shelf', 'store', 'store/deep']) mkdirSync(join(folder, name));
    file('store/deep/down');
    // To the kernel `..` is the folder above the target.
    symlinkSync(join(folder, 'store/deep/down'), join(folder, 'shelf/link'));
    const given = `${folder}/shelf/link/../down/p.yaml`;
    expect(problemOf(given)).toBe('');
    for (const name of ['shelf', 'store', 'store/deep']) {
      chmodSync(join(folder, name), 0o777);
      expect(problemOf(given)).toContain(`/${name}\` can be written by others`);
      chmodSync(join(folder, name), 0o755);
    }
  });
  test('under a name from here', () => {
    const path = file('relative');
    chmodSync(join(folder, 'relative'), 0o777);
    expect(problemOf(relative(process.cwd(), path))).toContain('/relative` can be written by others');
  });
  test('the next step can be pasted, whatever is in the path', () => {
    const path = file("it's; here", SHIPPED_TEXT, 0o666);
    const [, command = ''] = /\((chmod .*)\)$/.exec(problemOf(path)) ?? [];
    spawnSync('sh', ['-c', command]);
    expect(problemOf(path)).toBe('');
  });
  describeIf([isRoot], 'written by another user', () => {
    test('a file of theirs', () => {
      const path = file('foreign');
      chownSync(path, 12_345, 12_345);
      expect(problemOf(path)).toContain('belongs to user 12345');
    });
    test('in a folder of theirs', () => {
      const path = file('foreign-folder');
      chownSync(join(folder, 'foreign-folder'), 12_345, 12_345);
      expect(problemOf(path)).toContain('belongs to user 12345');
    });
    test('by a link of theirs, be it in a sticky folder', () => {
      file('behind-link');
      mkdirSync(join(folder, 'sticky'));
      chmodSync(join(folder, 'sticky'), 0o1777);
      const link = join(folder, 'sticky/link');
      symlinkSync('../behind-link', link);
      expect(problemOf(join(link, 'p.yaml'))).toBe('');
      lchownSync(link, 12_345, 12_345);
      expect(problemOf(join(link, 'p.yaml'))).toContain('/sticky/link` belongs to user 12345');
    });
    test('below a folder of theirs, higher up', () => {
      mkdirSync(join(folder, 'theirs'));
      const path = file('theirs/ours');
      chownSync(join(folder, 'theirs'), 12_345, 12_345);
      expect(problemOf(path)).toContain('/theirs` belongs to user 12345');
    });
  });
  test('that is not UTF-8', () => {
    expect(
      problemOf(file('bytes', Buffer.concat([Buffer.from(SHIPPED_TEXT), Buffer.of(0x23, 0xff)]))),
    ).toContain('not UTF-8');
  });
  test('missing, a folder, and 5 MB', () => {
    expect(problemOf(join(folder, 'none.yaml'))).toContain('ENOENT');
    expect(problemOf(folder)).toContain('not a regular file');
    expect(problemOf(file('big', 'x'.repeat(5_000_000)))).toContain('longer than');
  });
});
