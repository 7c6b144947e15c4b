import { resolve } from 'node:path';
import { err, ok, type Result } from '../../model/result.js';
import { openReferenceListener, type ReferenceListener } from '../portable/sockets.js';
import { currentFolder } from '../runtime.js';
import { libSystem } from './libsystem.js';
import { listListeningSockets } from './listeners.js';
import { readOpenSockets } from './open-sockets.js';
import { readIncarnation, readProcess } from './processes.js';

/**
 * Checks, before each scan, that the kernel answers as this program understands it: what is known about our own
 * process, its parent and a listener of its own must be what the kernel says. The structures of macOS are no promise,
 * and a sandbox can hide processes. One deviation is an error, and then the portable collector scans.
 */
export async function testItself(): Promise<Result<null>> {
  const library = libSystem();
  if (!library.ok) return library;
  const listener = await openReferenceListener();
  if (!listener.ok) return listener;
  try {
    const why =
      whyListenerDiffers(listener.value) ?? whyOwnProcessDiffers() ?? whyParentIsHidden(process.ppid);
    return why === null ? ok(null) : err(`the kernel does not answer as expected: ${why}`);
  } finally {
    listener.value.close();
  }
}

/** The listener must be listed once, as ours, and under the same id among our own descriptors. */
function whyListenerDiffers({ address, port }: ReferenceListener): string | null {
  const listed = listListeningSockets((other) => other === port);
  if (!listed.ok) return listed.why;
  const [socket, ...others] = listed.value.filter((each) => each.address === address);
  if (!socket || others.length > 0)
    return 'its list of sockets lacks a test listener that this command opened';
  if (socket.uid !== process.geteuid?.())
    return 'its list of sockets shows a test listener of this command as that of another user';
  const open = readOpenSockets(process.pid);
  if (open.kind !== 'read') return `our own descriptors cannot be read (${whyNot(open)})`;
  const same = open.sockets.get(socket.id);
  return same?.isListening === true && same.port === port
    ? null
    : 'our own descriptors do not show the test listener as its list of sockets does';
}

function whyOwnProcessDiffers(): string | null {
  const own = readProcess(process.pid);
  if (own.kind !== 'alive') return `our own process cannot be read (${whyNot(own)})`;
  const { argv, parentPid, incarnation, sharesOurFiles } = own.process;
  if (!argv.ok) return `our own arguments cannot be read (${argv.why})`;
  if (!isOwnCommandLine(argv.value.elements)) return 'our own arguments are not those that Node has';
  if (parentPid !== process.ppid) return 'the parent of our own process is not the one that Node has';
  const again = readIncarnation(process.pid);
  if (!again.ok) return `our own incarnation cannot be read (${again.why})`;
  if (again.value.id !== incarnation) return 'our own process has two incarnations';
  return sharesOurFiles.ok ? null : `our own root directory cannot be read (${sharesOurFiles.why})`;
}

/** Node makes the path of the program absolute; all other arguments are as they were given. */
function isOwnCommandLine(elements: readonly string[]): boolean {
  const [, script, ...words] = process.argv;
  const before = [process.argv0, ...process.execArgv];
  const [given, ...rest] = elements.slice(before.length);
  const folder = currentFolder();
  const isSameScript =
    script === given ||
    (script !== undefined && given !== undefined && folder !== null && resolve(folder, given) === script);
  return areEqual(elements.slice(0, before.length), before) && isSameScript && areEqual(rest, words);
}

function areEqual(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((each, index) => each === others[index]);
}

/** A sandbox that hides processes usually hides our parent, too. */
function whyParentIsHidden(pid: number): string | null {
  const parent = readProcess(pid);
  if (parent.kind === 'other_user') return null;
  if (parent.kind !== 'alive') return `our parent process ${pid} cannot be read (${whyNot(parent)})`;
  const open = readOpenSockets(pid);
  return open.kind === 'read'
    ? null
    : `the descriptors of our parent process ${pid} cannot be read (${whyNot(open)})`;
}

function whyNot(result: { readonly kind: string; readonly why?: string }): string {
  return result.why ?? result.kind;
}
