import {
  type Call,
  parseCalls,
  portConnectedTo,
  portWrittenTo,
  SIGNAL_CALLS,
  signalsIn,
} from '../support/strace.js';
import type { Json, Names } from './names.js';

const FILE_CALLS = [
  ...['rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'mkdir', 'mkdirat', 'rmdir', 'link', 'linkat'],
  ...['symlink', 'symlinkat', 'chmod', 'fchmod', 'fchmodat', 'ftruncate', 'truncate', 'fsync', 'flock'],
];
const WRITES = ['write', 'writev', 'pwrite64', 'pwritev', 'sendto', 'sendmsg'];
const TRACED = [...SIGNAL_CALLS, ...FILE_CALLS, ...WRITES, 'connect', 'execve'];

/** The words of a tracer that writes down what a program does to others; what it starts is left to itself. */
export function tracer(log: string): readonly string[] {
  const words = ['strace', '-f', '--seccomp-bpf', '-b', 'execve', '-yy', '-s', '4096'];
  return [...words, '-e', `trace=${TRACED.join(',')}`, '-o', log];
}

/**
 * What a traced program did, in an order that does not depend on chance: acts on one target in their order, targets by
 * name, and what it wrote before it first acted on another process.
 */
export function actsIn(log: string, names: Names): Json {
  // The reference asks by signal 0 whether it may signal another user's process. This build asks nothing of it.
  const calls = parseCalls(log).filter((call) => !signalsIn([call]).some(({ signal }) => signal === '0'));
  const done = calls.filter(({ result }) => !result.startsWith('-1'));
  const sent = calls
    .filter(({ name }) => WRITES.includes(name))
    .flatMap((call) => requestIn(call, calls, names));
  const firstAct = done.findIndex(
    ({ name, args }) => SIGNAL_CALLS.includes(name) || args.includes('"POST /'),
  );
  return {
    signals: grouped(signalsIn(calls).map(({ pid, signal }) => [names.text(String(pid)), signal])),
    // Without those that carry nothing: this build asks the kernel so whether a recorded port is in use.
    connections: unique(
      calls.filter(({ name }) => name === 'connect').map((call) => String(portConnectedTo(call))),
    )
      .filter((port) => sent.some(([to]) => to === port))
      .toSorted(),
    // Sorted: all listeners are asked at once, and this build first looks who received the connection.
    questions: grouped(
      (unique(sent.filter(([, head]) => head.startsWith('GET '))) as [string, string][]).toSorted(
        ([, one], [, other]) => one.localeCompare(other, 'en'),
      ),
    ),
    requests: grouped(sent.filter(([, head]) => !head.startsWith('GET '))),
    first: unique(sent.filter(([, head]) => !head.startsWith('GET ')).map(([port]) => port)),
    files: grouped(done.flatMap((call) => fileActIn(call, names))),
    beforeActing: unique(
      done
        .slice(0, Math.max(firstAct, 0))
        .flatMap((call) => fileActIn(call, names).map((act) => act.join(' '))),
    ),
    programs: done
      .filter(({ name }) => name === 'execve')
      .map(({ args }) => names.text(withoutPointer(args))),
  };
}

/** The port, and the request as it went over the wire. */
function requestIn(
  call: Call,
  calls: readonly Call[],
  names: Names,
): readonly [port: string, request: string][] {
  const port = portWrittenTo(call, calls);
  const [, bytes] = /"((?:[^"\\]|\\.)*)"/.exec(call.args) ?? [];
  if (port === null || bytes === undefined || !/^[A-Z]+ \//.test(bytes)) return [];
  return [[String(port), names.text(bytes)]];
}

function fileActIn({ name, args }: Call, names: Names): readonly [path: string, act: string][] {
  const opened = /^\d+<(\/[^>]*)>(?:, (?!")(.*))?/.exec(args);
  // A daemon of the reference is started with a file in place of the pipe.
  if (/\/answer-[0-9a-f]{32}$/.test(opened?.[1] ?? '')) return [];
  if (WRITES.includes(name)) return opened?.[1] === undefined ? [] : [[names.text(opened[1]), 'write']];
  if (!FILE_CALLS.includes(name)) return [];
  if ((name === 'fchmod' && isStartLock(opened?.[1] ?? '')) || isSignOfLife(args)) return [];
  if (opened?.[1] !== undefined && !name.endsWith('at'))
    return [[names.text(opened[1]), `${name} ${opened[2] ?? ''}`.trim()]];
  const [path = '', ...rest] = [...args.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    names.text(text),
  );
  return path === '' ? [] : [[path, [name, ...rest].join(' ')]];
}

/** Whether a file is a start lock. Its mode is not compared: since 3.3.0 it is made private. */
export function isStartLock(path: string): boolean {
  return /\/?(?:sync-daemon|start)\.lock$/.test(path);
}

/** Whether a path is that of a file that a daemon keeps locked, which the reference does not have. */
export function isSignOfLife(path: string): boolean {
  return /\/identity\/[0-9a-f]{32}\.lock/.test(path);
}

function withoutPointer(args: string): string {
  return args.replace(/, 0x[0-9a-f]+ \/\* .*$/, '');
}

/** By target; what is repeated at once counts once. */
function grouped(acts: readonly (readonly [target: string, act: string])[]): Json {
  const groups: Record<string, string[]> = {};
  for (const [target, act] of acts) {
    const group = (groups[target] ??= []);
    if (group.at(-1) !== act) group.push(act);
  }
  return groups;
}

function unique(list: readonly (string | readonly string[])[]): readonly Json[] {
  const texts = new Map(list.map((each) => [JSON.stringify(each), each]));
  return [...texts.values()] as readonly Json[];
}
