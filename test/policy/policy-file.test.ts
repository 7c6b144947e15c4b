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

describe('a policy file that another user could have written is refused', () => {
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
  test('a file that only this user can write is accepted', () => {
    expect(problemOf(file('good'))).toBe('');
  });
  test('the hash is that of the bytes of the file', () => {
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
  test('behind a link: the folder of every link and of the target counts', () => {
    file('target');
    mkdirSync(join(folder, 'way'));
    symlinkSync('../target/p.yaml', join(folder, 'way/middle.yaml'));
    symlinkSync('way/middle.yaml', join(folder, 'given.yaml'));
    expect(problemOf(join(folder, 'given.yaml'))).toBe('');
    for (const name of ['target', 'way']) {
      chmodSync(join(folder, name), 0o777);
      expect(problemOf(join(folder, 'given.yaml'))).toContain(`/${name} can be written by others`);
      chmodSync(join(folder, name), 0o755);
    }
  });
  test.each(['above', 'above/far'])('below a folder that others can write to: %s', (way) => {
    const [name = ''] = way.split('/');
    mkdirSync(join(folder, way), { recursive: true });
    const path = file(`${way}/${way.length}`);
    chmodSync(join(folder, name), 0o777);
    expect(problemOf(path)).toContain(`/${name} can be written by others`);
    // As in /tmp: other users cannot replace our files in a sticky folder.
    chmodSync(join(folder, name), 0o1777);
    expect(problemOf(path)).toBe('');
    chmodSync(join(folder, name), 0o755);
  });
  test('through a linked folder: the folder of the link counts, and every folder above its target', () => {
    for (const name of ['shelf', 'store', 'store/deep']) mkdirSync(join(folder, name));
    file('store/deep/down');
    // The kernel resolves `..` to the folder above the target.
    symlinkSync(join(folder, 'store/deep/down'), join(folder, 'shelf/link'));
    const given = `${folder}/shelf/link/../down/p.yaml`;
    expect(problemOf(given)).toBe('');
    for (const name of ['shelf', 'store', 'store/deep']) {
      chmodSync(join(folder, name), 0o777);
      expect(problemOf(given)).toContain(`/${name} can be written by others`);
      chmodSync(join(folder, name), 0o755);
    }
  });
  test('under a relative path', () => {
    const path = file('relative');
    chmodSync(join(folder, 'relative'), 0o777);
    expect(problemOf(relative(process.cwd(), path))).toContain('/relative can be written by others');
  });
  test('the next step can be pasted into a shell, with any path', () => {
    const path = file("it's; here", SHIPPED_TEXT, 0o666);
    const [, command = ''] = /\((chmod .*)\)$/.exec(problemOf(path)) ?? [];
    spawnSync('sh', ['-c', command]);
    expect(problemOf(path)).toBe('');
  });
  describeIf([isRoot], 'owned by another user', () => {
    test('the file', () => {
      const path = file('foreign');
      chownSync(path, 12_345, 12_345);
      expect(problemOf(path)).toContain('belongs to user 12345');
    });
    test('the folder of the file', () => {
      const path = file('foreign-folder');
      chownSync(join(folder, 'foreign-folder'), 12_345, 12_345);
      expect(problemOf(path)).toContain('belongs to user 12345');
    });
    test('a link to it, even in a sticky folder', () => {
      file('behind-link');
      mkdirSync(join(folder, 'sticky'));
      chmodSync(join(folder, 'sticky'), 0o1777);
      const link = join(folder, 'sticky/link');
      symlinkSync('../behind-link', link);
      expect(problemOf(join(link, 'p.yaml'))).toBe('');
      lchownSync(link, 12_345, 12_345);
      expect(problemOf(join(link, 'p.yaml'))).toContain('/sticky/link belongs to user 12345');
    });
    test('a folder above', () => {
      mkdirSync(join(folder, 'theirs'));
      const path = file('theirs/ours');
      chownSync(join(folder, 'theirs'), 12_345, 12_345);
      expect(problemOf(path)).toContain('/theirs belongs to user 12345');
    });
  });
  test('not UTF-8', () => {
    expect(
      problemOf(file('bytes', Buffer.concat([Buffer.from(SHIPPED_TEXT), Buffer.of(0x23, 0xff)]))),
    ).toContain('not UTF-8');
  });
  test('missing, a folder, or longer than the limit', () => {
    expect(problemOf(join(folder, 'none.yaml'))).toContain('ENOENT');
    expect(problemOf(folder)).toContain('not a regular file');
    expect(problemOf(file('big', 'x'.repeat(5_000_000)))).toContain('longer than');
  });
});
