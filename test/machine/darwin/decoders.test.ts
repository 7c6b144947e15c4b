import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type * as Koffi from 'koffi';
import { createRequire } from 'node:module';
import { decodeArguments, variablesNamed } from '../../../src/machine/darwin/arguments.js';
import {
  decodeIncarnation,
  decodeProcessInfo,
  decodeRootDirectory,
} from '../../../src/machine/darwin/process-info.js';
import { decodeDescriptors, decodeSocketInfo } from '../../../src/machine/darwin/socket-info.js';
import { decodeTcpList, LIST_CHANGED } from '../../../src/machine/darwin/tcp-list.js';
import {
  type BuiltProcess,
  type BuiltSocket,
  descriptorList,
  incarnation,
  listHeader,
  processArguments,
  processInfo,
  RECORD_LENGTHS,
  rootDirectory,
  socketInfo,
  socketRecords,
  tcpList,
} from '../../builders/darwin.js';
import { decodeMutated } from '../../support/mutated-bytes.js';

const DAEMON: BuiltSocket = {
  port: 9401,
  uid: 501,
  address: '127.0.0.1',
  handle: 0xfedcba9876543210n,
  generation: 0x123456789abcdefn,
};
const DAEMON_ID = `fedcba9876543210.${0x123456789abcdefn.toString()}`;
const OTHERS: readonly BuiltSocket[] = [
  { ...DAEMON, port: 443, handle: 2n },
  { ...DAEMON, state: 4, handle: 3n },
  { ...DAEMON, port: 9402, address: '00000000000000000000000000000001', handle: 4n, uid: 0 },
  { ...DAEMON, port: 9403, address: '00000000000000000000000000000000', handle: 5n, generation: 6n },
];
const isSync = (port: number): boolean => port >= 9400 && port < 9450;

describe('the list of TCP sockets of macOS', () => {
  test.each(['long', 'short'] as const)(
    'listeners are found by the length of each record: %s records',
    (name) => {
      expect(decodeTcpList(tcpList([...OTHERS, DAEMON], RECORD_LENGTHS[name]), isSync)).toEqual({
        ok: true,
        value: [
          { id: `4.${DAEMON.generation.toString()}`, address: '::1', port: 9402, uid: 0 },
          { id: '5.6', address: '::', port: 9403, uid: 501 },
          { id: DAEMON_ID, address: '127.0.0.1', port: 9401, uid: 501 },
        ],
      });
    },
  );

  test('an IPv4-mapped IPv6 address is written as on Linux', () => {
    const mapped = { ...DAEMON, address: '00000000000000000000ffff7f000001' };
    const found = decodeTcpList(tcpList([mapped]), isSync);
    expect(found).toMatchObject({ ok: true, value: [{ address: '::ffff:127.0.0.1' }] });
  });

  test('a list that changed while it was copied is to be read again', () => {
    expect(decodeTcpList(tcpList([DAEMON], RECORD_LENGTHS.long, 8n), isSync)).toEqual({
      ok: true,
      value: LIST_CHANGED,
    });
  });

  test.each([
    ['no bytes', Buffer.alloc(0)],
    ['no end', Buffer.concat([listHeader(1, 7n), socketRecords(DAEMON)])],
    ['a record that is cut off', tcpList([DAEMON]).subarray(0, 24 + 50)],
    ['a record of no length', Buffer.concat([listHeader(1, 7n), Buffer.alloc(64), listHeader(1, 7n)])],
    [
      'a socket without its address',
      Buffer.concat([listHeader(1, 7n), socketRecords(DAEMON).subarray(104), listHeader(1, 7n)]),
    ],
    [
      'a socket without its state',
      Buffer.concat([listHeader(1, 7n), socketRecords(DAEMON).subarray(0, 176), listHeader(1, 7n)]),
    ],
    ['a socket without a handle', tcpList([{ ...DAEMON, handle: 0n }])],
  ])('%s is an error, and no empty list (pitfall 29)', (_what, bytes) => {
    expect(decodeTcpList(bytes, isSync)).toMatchObject({ ok: false });
  });
});

describe('the descriptors of a process of macOS', () => {
  test('sockets are found among the descriptors', () => {
    expect(decodeDescriptors(descriptorList([1, 2, 5, 2]))).toEqual({ ok: true, value: [1, 3] });
    expect(decodeDescriptors(Buffer.alloc(9))).toMatchObject({ ok: false });
  });

  test('an open socket has the id that it has in the list of TCP sockets', () => {
    const open = decodeSocketInfo(socketInfo(DAEMON));
    expect(open).toEqual({ ok: true, value: { id: DAEMON_ID, port: 9401, isListening: true } });
  });

  test('a socket of another protocol is none of ours, and another size is an error', () => {
    expect(decodeSocketInfo(socketInfo(DAEMON, 3))).toEqual({ ok: true, value: null });
    expect(decodeSocketInfo(socketInfo(DAEMON).subarray(0, 784))).toMatchObject({ ok: false });
    expect(decodeSocketInfo(Buffer.concat([socketInfo(DAEMON), Buffer.alloc(8)]))).toMatchObject({
      ok: false,
    });
  });
});

const PROCESS: BuiltProcess = {
  pid: 4711,
  parentPid: 1,
  uid: 501,
  seconds: 1_796_000_000n,
  microseconds: 250_000n,
  uniqueId: 0xfffffffffffffff0n,
  version: 0xfffffff0,
};

describe('a process of macOS', () => {
  test('its incarnation is exact to the last of 64 bits', () => {
    expect(decodeProcessInfo(processInfo(PROCESS), 4711)).toEqual({
      ok: true,
      value: {
        pid: 4711,
        parentPid: 1,
        uid: 501,
        hasOneUser: true,
        isZombie: false,
        isStopped: false,
        startedAt: new Date(1_796_000_000_250),
        incarnation: '18446744073709551600.4294967280',
      },
    });
    expect(decodeIncarnation(incarnation(PROCESS))).toEqual({
      ok: true,
      value: { id: '18446744073709551600.4294967280', version: 4_294_967_280 },
    });
  });

  test('a setuid program has more than one user; a zombie has exited', () => {
    const decoded = decodeProcessInfo(processInfo({ ...PROCESS, realUid: 0, status: 5 }), 4711);
    expect(decoded).toMatchObject({ ok: true, value: { hasOneUser: false, isZombie: true } });
  });

  test.each([
    ['of another process', processInfo({ ...PROCESS, pid: 4712 })],
    ['of another size', Buffer.concat([processInfo(PROCESS), Buffer.alloc(8)])],
    ['without a unique id', processInfo({ ...PROCESS, uniqueId: 0n })],
    ['with an unknown status', processInfo({ ...PROCESS, status: 6 })],
    ['with an impossible time', processInfo({ ...PROCESS, microseconds: 1_000_000n })],
  ])('an answer %s is an error', (_what, bytes) => {
    expect(decodeProcessInfo(bytes, 4711)).toMatchObject({ ok: false });
  });

  test('a chroot shows in its root directory', () => {
    expect(decodeRootDirectory(rootDirectory(0, 0n))).toEqual({ ok: true, value: '0:0' });
    expect(decodeRootDirectory(rootDirectory(16, 2n ** 63n))).toEqual({
      ok: true,
      value: '16:9223372036854775808',
    });
    expect(decodeRootDirectory(Buffer.alloc(2344))).toMatchObject({ ok: false });
  });
});

const HOMEBREW =
  '/opt/homebrew/Cellar/python@3.12/3.12.4/Frameworks/Python.framework/Versions/3.12/Resources/Python.app/Contents/MacOS/Python';

describe('the arguments of a process of macOS', () => {
  test.each(['', 'a', 'ab', '/usr/bin/pyt', HOMEBREW, `${HOMEBREW}3`])(
    'an empty first argument is not lost, for any length of the path: %p',
    (path) => {
      const argv = ['', '-c', 'import os\nrun(1)\n', '', 'ünïcode'];
      const decoded = decodeArguments(processArguments(path, argv, ['HOME=/Users/me']));
      if (path === '') expect(decoded).toMatchObject({ ok: false });
      else
        expect(decoded).toMatchObject({ ok: true, value: { path, argv: { elements: argv, exact: true } } });
    },
  );

  test('bytes that are not UTF-8 make the arguments inexact', () => {
    const bytes = processArguments('/bin/echo', ['echo', 'x']);
    bytes[bytes.length - 2] = 0xff;
    expect(decodeArguments(bytes)).toMatchObject({ ok: true, value: { argv: { exact: false } } });
  });

  test('variables are read as on Linux; a hidden environment is unknown, not empty', () => {
    const named = (...variables: readonly string[]) => {
      const decoded = decodeArguments(processArguments('/bin/sh', ['sh'], variables));
      return decoded.ok ? variablesNamed(decoded.value, ['HOME', 'SPEC_KITTY_HOME']) : decoded;
    };
    expect(named('A=1', 'HOME=/Users/me')).toEqual({ ok: true, value: { HOME: '/Users/me' } });
    expect(named('HOME=/a', 'HOME=/b')).toMatchObject({ ok: false });
    expect(named()).toMatchObject({ ok: false });
  });

  test.each([
    ['no bytes', Buffer.alloc(0)],
    ['more arguments than there are', Buffer.from([9, ...processArguments('/bin/sh', ['sh']).subarray(1)])],
    ['no arguments', Buffer.from([0, ...processArguments('/bin/sh', ['sh']).subarray(1)])],
    ['an argument without an end', processArguments('/bin/sh', ['sh']).subarray(0, -1)],
    ['padding that is not zero', processArguments('/bin/s', ['sh']).fill(1, 11, 12)],
    ['a command line of megabytes', processArguments('/bin/sh', ['x'.repeat(70_000)])],
  ])('%s is an error', (_what, bytes) => {
    expect(decodeArguments(bytes)).toMatchObject({ ok: false });
  });
});

/** Numbers of offsets from a second source: the C layout of the same members, computed by koffi. */
describe('the layout of the structures, as a C compiler has it', () => {
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
  const u64 = 'uint64_t';
  const u32 = 'uint32_t';
  const stat = koffi.struct({
    ...{ dev: u32, mode: 'uint16_t', nlink: 'uint16_t', ino: u64, uid: u32, gid: u32 },
    times: koffi.array('int64_t', 8),
    ...{ size: 'int64_t', blocks: 'int64_t', blksize: 'int32_t', flags: u32, gen: u32, rdev: u32 },
    spare: koffi.array('int64_t', 2),
  });
  const fileinfo = koffi.struct({ open: u32, status: u32, offset: 'int64_t', type: 'int32_t', guard: u32 });
  const buffer = koffi.struct({
    ...{ cc: u32, hiwat: u32, mbcnt: u32, mbmax: u32, lowat: u32, flags: 'short', timeo: 'short' },
  });
  const inSockInfo = koffi.struct({
    ...{ fport: 'int', lport: 'int', gencnt: u64, flags: u32, flow: u32, vflag: 'uint8_t', ttl: 'uint8_t' },
    rfu: u32,
    ...{ faddr: koffi.array(u32, 4), laddr: koffi.array(u32, 4) },
    ...{ tos: 'uint8_t', hlim: 'uint8_t', cksum: 'int', ifindex: 'uint16_t', hops: 'short' },
  });
  const tcpSockInfo = koffi.struct({
    ...{
      ini: inSockInfo,
      state: 'int',
      timer: koffi.array('int', 4),
      mss: 'int',
      flags: u32,
      rfu: u32,
      tp: u64,
    },
  });
  const socket = koffi.struct({
    ...{ stat, so: u64, pcb: u64, type: 'int', protocol: 'int', family: 'int' },
    ...{
      options: 'short',
      linger: 'short',
      state: 'short',
      qlen: 'short',
      incqlen: 'short',
      qlimit: 'short',
    },
    ...{ timeo: 'short', error: 'ushort', oobmark: u32, rcv: buffer, snd: buffer, kind: 'int', rfu: u32 },
    ...{ tcp: tcpSockInfo, rest: koffi.array('uint8_t', 528 - koffi.sizeof(tcpSockInfo)) },
  });
  const socketFdInfo = koffi.struct({ fileinfo, socket });
  const uniqueInfo = koffi.struct({
    uuid: koffi.array('uint8_t', 16),
    ...{ id: u64, parent: u64, version: u32, parentVersion: u32, more: koffi.array(u64, 2) },
  });
  const bsdInfo = koffi.struct({
    ...{
      flags: u32,
      status: u32,
      xstatus: u32,
      pid: u32,
      ppid: u32,
      uid: u32,
      gid: u32,
      ruid: u32,
      rgid: u32,
    },
    ...{ svuid: u32, svgid: u32, rfu: u32, comm: koffi.array('char', 16), name: koffi.array('char', 32) },
    ...{ nfiles: u32, pgid: u32, pjobc: u32, tdev: u32, tpgid: u32, nice: 'int32_t', sec: u64, usec: u64 },
  });
  const bsdInfoWithUniqueId = koffi.struct({ bsdInfo, uniqueInfo });
  const vnodePath = koffi.struct({
    ...{ stat, type: 'int', pad: 'int', fsid: koffi.array('int32_t', 2), path: koffi.array('char', 1024) },
  });
  const paths = koffi.struct({ cdir: vnodePath, rdir: vnodePath });

  test('a socket', () => {
    const { sizeof, offsetof } = koffi;
    expect(sizeof(socketFdInfo)).toBe(792);
    const at = offsetof(socketFdInfo, 'socket');
    const inet = at + offsetof(socket, 'tcp');
    expect({
      so: at + offsetof(socket, 'so'),
      kind: at + offsetof(socket, 'kind'),
      port: inet + offsetof(inSockInfo, 'lport'),
      generation: inet + offsetof(inSockInfo, 'gencnt'),
      vflag: inet + offsetof(inSockInfo, 'vflag'),
      address: inet + offsetof(inSockInfo, 'laddr'),
      state: inet + offsetof(tcpSockInfo, 'state'),
    }).toEqual({ so: 160, kind: 256, port: 268, generation: 272, vflag: 288, address: 312, state: 344 });
  });

  test('a process', () => {
    const { sizeof, offsetof } = koffi;
    expect([bsdInfoWithUniqueId, uniqueInfo, paths].map(sizeof)).toEqual([192, 56, 2352]);
    const names = ['status', 'pid', 'ppid', 'uid', 'ruid', 'svuid', 'sec', 'usec'];
    expect(names.map((name) => offsetof(bsdInfo, name))).toEqual([4, 12, 16, 20, 28, 36, 120, 128]);
    expect(offsetof(bsdInfoWithUniqueId, 'uniqueInfo')).toBe(136);
    expect(['id', 'version'].map((name) => offsetof(uniqueInfo, name))).toEqual([16, 32]);
    const root = offsetof(paths, 'rdir') + offsetof(vnodePath, 'stat');
    expect([root + offsetof(stat, 'dev'), root + offsetof(stat, 'ino')]).toEqual([1176, 1184]);
  });
});

describe('bytes that no kernel sent', () => {
  test('never make a decoder throw, and never give a socket another owner', () => {
    decodeMutated(2000);
  });

  test('any text survives the way through the arguments of a process', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 }).filter((each) => !each.includes('\0'));
    const path = text.filter((each) => each !== '');
    fc.assert(
      fc.property(path, fc.array(text, { minLength: 1, maxLength: 9 }), (program, argv) => {
        const sent = Buffer.from(program).toString('utf8');
        const decoded = decodeArguments(processArguments(program, argv));
        expect(decoded).toMatchObject({
          ok: true,
          value: { path: sent, argv: { elements: argv.map((each) => Buffer.from(each).toString('utf8')) } },
        });
      }),
    );
  });
});
