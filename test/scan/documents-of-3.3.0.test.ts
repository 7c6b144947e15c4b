import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openJournal } from '../../src/enforcement/journal.js';
import { identifyListener } from '../../src/identity/identify.js';
import { ourTree } from '../../src/machine/files.js';
import { fileNameOf, identityRecordText, readIdentityRecord } from '../../src/model/identity-record.js';
import type { RootEvidence, Scan } from '../../src/model/scan.js';
import { DAEMON_FILES } from '../../src/model/root.js';
import { readJournal } from '../../src/scan/recent-acts.js';
import { fromSavedScan, toSavedScan } from '../../src/scan/saved-form.js';
import { readSavedScan, savedScanText } from '../../src/scan/saved-scan.js';
import { aListener, aProcess, aRecord, aRoot, aScan } from '../builders/evidence.js';
import { machine } from '../support/local-machine.js';

const RECORDED = 'test/recorded/3.3.0';
const recorded = (name: string): string => readFileSync(join(RECORDED, name), 'utf8');

/** As macOS would have them: 64-bit numbers, which JavaScript cannot hold. */
const DARWIN_SOCKET = 'so:9f3ac41b7d20e685.18446744073709551615';
const DARWIN_INCARNATION = '9007199254740993.2147483649';
const SECRET = 's'.repeat(32);

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function readRecord(text: string, id: string): ReturnType<typeof readIdentityRecord> {
  const file = join(root, fileNameOf(id));
  writeFileSync(file, text, { mode: 0o600 });
  return readIdentityRecord(file, fileNameOf(id), ourTree, machine.observer.self.uid);
}

describe('an identity record', () => {
  test('of 3.3.0 is read, and written as 3.3.0 writes it', () => {
    const text = recorded('identity-record.json');
    const read = readRecord(text, (JSON.parse(text) as { id: string }).id);
    if (read.kind !== 'read') throw new Error(read.why);
    expect(read.record.incarnation).toBe('4518404');
    expect(JSON.parse(identityRecordText(read.record))).toEqual(JSON.parse(text));
  });

  test('keeps an incarnation of two 64-bit numbers, and 3.3.0 cannot take it for one of its own', () => {
    const record = { ...aRecord({ incarnation: DARWIN_INCARNATION }), secret: SECRET };
    const text = identityRecordText(record);
    // 3.3.0 needs an integer: to it, the record is unusable, and it clears nothing that such a record may name.
    expect(JSON.parse(text)).toMatchObject({ start_ticks: null, incarnation: DARWIN_INCARNATION });
    expect(readRecord(text, record.id)).toMatchObject({
      kind: 'read',
      record: { incarnation: DARWIN_INCARNATION },
    });
  });

  test.each([
    ['neither a start time nor an incarnation', { start_ticks: null }],
    ['a start time that is no integer', { start_ticks: 1.5 }],
  ])('with %s is unusable', (_name, changes) => {
    const fields = JSON.parse(recorded('identity-record.json')) as { id: string };
    expect(readRecord(JSON.stringify({ ...fields, ...changes }), fields.id).kind).toBe('unusable');
  });
});

describe('the journal', () => {
  const intend = (socketId: string, incarnation: string): Record<string, unknown> => {
    const evidence = aListener({
      socket: { address: '127.0.0.1', port: 9401, id: socketId, uid: 1000 },
      holder: { kind: 'known', process: aProcess({ pid: 18513, incarnation }) },
    });
    const verdict = { cleanupClass: 'safe_auto', reason: null, rule: 'proven-orphan', trace: [] } as const;
    const candidate = { ...identifyListener(evidence, aScan([evidence])), verdict };
    const path = join(root, DAEMON_FILES.sync.journal);
    mkdirSync(dirname(path), { recursive: true });
    expect(openJournal(machine, 'sync', root, 'auth doctor --reset', 'x').intend([candidate])).toBeNull();
    return JSON.parse(readFileSync(path, 'utf8').trimEnd().split('\n').at(-1) ?? '') as Record<
      string,
      unknown
    >;
  };

  test('of 3.3.0 is read, and continued with lines of the same form', () => {
    const path = join(root, DAEMON_FILES.sync.journal);
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, recorded('journal.jsonl'));
    expect(readJournal('sync', root, ourTree).acts).toMatchObject([
      { pid: 18513, port: 9401, rule: 'proven-orphan', result: 'http_shutdown' },
    ]);
    const line = intend('50756976', '4518360');
    const [theirs = ''] = recorded('journal.jsonl').split('\n');
    const { act, start_ticks } = JSON.parse(theirs) as { act: string; start_ticks: number };
    expect(Object.keys(line)).toEqual(Object.keys(JSON.parse(theirs) as object));
    expect(line['start_ticks']).toBe(start_ticks);
    expect(String(line['act']).split('-')[1]).toBe(act.split('-')[1]);
    expect(readJournal('sync', root, ourTree).acts).toHaveLength(2);
  });

  test('has an incarnation of two 64-bit numbers beside the start time, which is null', () => {
    expect(intend(DARWIN_SOCKET, DARWIN_INCARNATION)).toMatchObject({
      start_ticks: null,
      incarnation: DARWIN_INCARNATION,
      act: expect.stringContaining(DARWIN_SOCKET),
    });
  });
});

describe('a saved scan', () => {
  test.each(['facts.json', 'portable.json'])('of 3.3.0 is read, and has the same form again: %s', (name) => {
    const scan = readSavedScan(machine.observer, join(RECORDED, name));
    if (!scan.ok) throw new Error(scan.why);
    expect(toSavedScan(scan.value)).toEqual(JSON.parse(recorded(name)));
  });

  const darwinScan = (): Scan => {
    const ours: RootEvidence = aRoot({
      records: [
        { kind: 'read', file: 'f', record: aRecord({ incarnation: DARWIN_INCARNATION }) },
        { kind: 'unusable', file: 'g', why: 'others may read it' },
      ],
    });
    const listener = aListener({
      socket: { address: '127.0.0.1', port: 9401, id: DARWIN_SOCKET, uid: 1000 },
      holder: { kind: 'known', process: aProcess({ incarnation: DARWIN_INCARNATION }) },
      roots: { ok: true, value: [ours] },
    });
    return { ...aScan([listener, aListener()]), root: ours };
  };

  test('keeps ids of 64 bits as texts, beside the fields of 3.3.0', () => {
    const file = join(root, 'facts.json');
    writeFileSync(file, savedScanText(machine.observer, darwinScan()));
    const scan = readSavedScan(machine.observer, file);
    if (!scan.ok) throw new Error(scan.why);
    const ids = (of: Scan): unknown =>
      of.listeners.ok &&
      of.listeners.value.map(({ socket, holder, roots }) => [
        socket.id,
        holder.kind === 'known' && holder.process.incarnation,
        roots.ok &&
          roots.value.map(({ records }) =>
            records.map((one) => one.kind === 'read' && one.record.incarnation),
          ),
      ]);
    expect(ids(scan.value)).toEqual(ids(darwinScan()));
    expect(toSavedScan(darwinScan()).listeners).toMatchObject({
      value: [
        {
          socket: { inode: null, id: DARWIN_SOCKET },
          holder: { process: { startTicks: null, incarnation: DARWIN_INCARNATION } },
        },
        { socket: { inode: 555 }, holder: { process: { startTicks: 1000 } } },
      ],
    });
    expect(fromSavedScan(toSavedScan(darwinScan()))).toEqual({ ok: true, value: darwinScan() });
  });

  test('of a process that nothing identifies is refused', () => {
    const field = `,"incarnation":"${DARWIN_INCARNATION}"`;
    const text = JSON.stringify(toSavedScan(darwinScan())).replaceAll(field, '');
    expect(text).not.toContain('incarnation');
    const file = join(root, 'facts.json');
    writeFileSync(file, text);
    expect(readSavedScan(machine.observer, file)).toEqual({
      ok: false,
      why: 'a process has neither startTicks nor incarnation',
    });
  });
});
