import fc from 'fast-check';
import { decodeArguments, variablesNamed } from '../../src/machine/darwin/arguments.js';
import {
  decodeIncarnation,
  decodeProcessInfo,
  decodeResidentBytes,
  decodeRootDirectory,
} from '../../src/machine/darwin/process-info.js';
import { decodeDescriptors, decodeSocketInfo } from '../../src/machine/darwin/socket-info.js';
import { decodeTcpList, LIST_CHANGED } from '../../src/machine/darwin/tcp-list.js';
import {
  type BuiltSocket,
  descriptorList,
  incarnation,
  processArguments,
  processInfo,
  RECORD_LENGTHS,
  rootDirectory,
  socketInfo,
  tcpList,
} from '../builders/darwin.js';

/**
 * Gives the decoders `runs` buffers: answers of the kernel with some bytes changed, cut off, repeated or followed by
 * others, and bytes without any form. No decoder may throw, and none may give the socket or the process of a daemon the
 * fields of another.
 */
export function decodeMutated(runs: number): void {
  fc.assert(fc.property(MUTATED, check), { numRuns: runs });
}

const DAEMON: BuiltSocket = {
  port: 9401,
  uid: 501,
  address: '127.0.0.1',
  handle: 0x0123456789abcdefn,
  generation: 0xfedcba98n,
};
const DAEMON_ID = '123456789abcdef.4275878552';
const OTHER: BuiltSocket = { ...DAEMON, port: 9402, uid: 0, handle: 5n, generation: 6n };
const PROCESS = {
  ...{ pid: 4711, parentPid: 1, uid: 501, seconds: 1_796_000_000n, microseconds: 1n, uniqueId: 9n },
  version: 3,
};

type Answer = 'list' | 'socket' | 'descriptors' | 'process' | 'incarnation' | 'root' | 'arguments';

const ANSWERS: Readonly<Record<Answer, readonly Buffer[]>> = {
  list: [tcpList([OTHER, DAEMON]), tcpList([DAEMON, OTHER], RECORD_LENGTHS.short), tcpList([])],
  socket: [socketInfo(DAEMON), socketInfo(OTHER, 3)],
  descriptors: [descriptorList([1, 2, 2])],
  process: [processInfo(PROCESS)],
  incarnation: [incarnation(PROCESS)],
  root: [rootDirectory(1, 2n)],
  arguments: [processArguments('/usr/bin/python3', ['python3', '', '-c'], ['HOME=/Users/me', 'A=b'])],
};

const CHANGES = fc.array(
  fc.record({ at: fc.nat(2400), byte: fc.oneof(fc.constantFrom(0, 1, 2, 24, 255), fc.nat(255)) }),
  { maxLength: 6 },
);

const MUTATED = fc.record({
  answer: fc.constantFrom<Answer>(
    'list',
    'socket',
    'descriptors',
    'process',
    'incarnation',
    'root',
    'arguments',
  ),
  variant: fc.nat(2),
  changes: CHANGES,
  length: fc.option(fc.nat(2400), { freq: 3 }),
  garbage: fc.option(fc.uint8Array({ maxLength: 200 }), { freq: 8 }),
});

type Mutated = typeof MUTATED extends fc.Arbitrary<infer Value> ? Value : never;

function check({ answer, variant, changes, length, garbage }: Mutated): void {
  const all = ANSWERS[answer];
  const original = all[variant % all.length] ?? Buffer.alloc(0);
  const bytes = garbage === null ? mutate(original, changes, length) : Buffer.from(garbage);
  const isFromAnswer = garbage === null;
  switch (answer) {
    case 'list': {
      const list = decodeTcpList(bytes, () => true);
      if (!isFromAnswer || !list.ok || list.value === LIST_CHANGED) return;
      for (const { id, ...found } of list.value) if (id === DAEMON_ID) expectOfDaemon(found, changes);
      return;
    }
    case 'socket': {
      const open = decodeSocketInfo(bytes);
      if (open.ok && open.value?.id === DAEMON_ID && bytes.length !== original.length)
        throw new Error('a socket was read from a structure of another size');
      return;
    }
    case 'descriptors':
      decodeDescriptors(bytes);
      return;
    case 'process': {
      const found = decodeProcessInfo(bytes, PROCESS.pid);
      if (found.ok && (found.value.pid !== PROCESS.pid || bytes.length !== original.length))
        throw new Error('a process was read from the answer about another');
      return;
    }
    case 'incarnation':
      decodeIncarnation(bytes);
      decodeResidentBytes(bytes);
      return;
    case 'root':
      decodeRootDirectory(bytes);
      return;
    case 'arguments': {
      const found = decodeArguments(bytes);
      if (found.ok) variablesNamed(found.value, ['HOME']);
    }
  }
}

function mutate(
  original: Buffer,
  changes: readonly { readonly at: number; readonly byte: number }[],
  length: number | null,
): Buffer {
  const bytes = Buffer.alloc(length ?? original.length);
  original.copy(bytes);
  for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte;
  return bytes;
}

/**
 * A changed byte can be one of the port, the user or the address itself, which no decoder can notice. So at most as many
 * of these differ as bytes were changed.
 */
function expectOfDaemon(
  found: Readonly<Record<'address' | 'port' | 'uid', unknown>>,
  changes: readonly unknown[],
): void {
  const { address, port, uid } = DAEMON;
  const differing = [found.address !== address, found.port !== port, found.uid !== uid].filter(Boolean);
  if (differing.length > changes.length) throw new Error('a socket has the fields of another');
}
