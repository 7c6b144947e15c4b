import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { HandleSupport } from '../../model/outcome.js';
import type { HandleOpener, ProcessHandle, SignalOutcome } from '../linux/pidfd.js';
import { type LibSystem, libSystem } from './libsystem.js';
import { readIncarnation } from './processes.js';

/** An audit token has eight numbers, of which the kernel compares the PID and the version of the process. */
const TOKEN_LENGTH = 32;
const PID_AT = 20;
const VERSION_AT = 28;

/**
 * Detects whether a signal can be sent to one incarnation of a process (macOS 14.2). The kernel compares the version in
 * the token while it has the process, so the signal reaches the program that was validated or no process (pitfall 6).
 * The function is not documented, so it is first tried on a child of our own.
 */
export async function detectAuditToken(): Promise<HandleOpener> {
  const library = libSystem();
  if (!library.ok) return handlesWithoutSignals(library.why);
  const send = library.value.signalWithAuditToken;
  if (send === null) return handlesWithoutSignals(MISSING);
  const why = await whyUnreliable(send);
  foundUnreliable = why;
  if (why !== null) return handlesWithoutSignals(why);
  return { kind: 'audit_token', why: null, open: (pid) => open(send, pid) };
}

/** Why the function did not do what it must when it was tried; null if it did, or was not tried. */
let foundUnreliable: string | null = null;

type Send = NonNullable<LibSystem['signalWithAuditToken']>;

const MISSING = 'this macOS has no signal for one incarnation of a process (before 14.2)';

/** Reads whether this macOS has the function, and what came of trying it. Does not try it. */
export function readHandleSupport(): Promise<HandleSupport> {
  const library = libSystem();
  const missing = library.ok && library.value.signalWithAuditToken === null ? MISSING : null;
  const why = library.ok ? (missing ?? foundUnreliable) : library.why;
  return Promise.resolve(why === null ? { kind: 'audit_token', why } : { kind: 'none', why });
}

function open(send: Send, pid: number): ProcessHandle {
  const incarnation = readIncarnation(pid);
  // In most cases the process has exited, which revalidation detects. The handle never signals by PID alone.
  if (!incarnation.ok) return { signal: () => outcomeOf(incarnation.why), close: nothingToClose };
  const token = tokenOf(pid, incarnation.value.version);
  return {
    signal: (signal) => outcomeOf(send(token, constants.signals[signal])),
    close: nothingToClose,
  };
}

function tokenOf(pid: number, version: number): Buffer {
  const token = Buffer.alloc(TOKEN_LENGTH);
  token.writeInt32LE(pid, PID_AT);
  token.writeUInt32LE(version, VERSION_AT);
  return token;
}

function outcomeOf(result: number | string): SignalOutcome {
  if (result === 0) return { kind: 'sent' };
  return result === 'ESRCH' ? { kind: 'gone' } : { kind: 'denied', code: String(result) };
}

/** Returns an opener of handles that send no signal. */
export function handlesWithoutSignals(why: string): HandleOpener {
  return { kind: 'none', why, open: () => ({ signal: null, close: nothingToClose }) };
}

const ECHO = '/bin/cat';
const ECHO_DEADLINE_MS = 5000;

/**
 * Sends SIGTERM to a child of ours under a version that it does not have. The kernel must say that there is no such
 * process, and the child must still answer: an implementation that ignores the version would end third-party processes.
 * @returns why the function cannot be relied on, or null
 */
async function whyUnreliable(send: Send): Promise<string | null> {
  const child = spawn(ECHO, { stdio: ['pipe', 'pipe', 'ignore'] });
  // Without these a child that ended would end this program.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  try {
    if (child.pid === undefined) return `${ECHO} cannot be started to try the signal on`;
    const incarnation = readIncarnation(child.pid);
    if (!incarnation.ok) return `a process of our own cannot be identified (${incarnation.why})`;
    const wrongVersion = (incarnation.value.version ^ 1) >>> 0;
    const result = send(tokenOf(child.pid, wrongVersion), constants.signals.SIGTERM);
    if (result === 'EINVAL' || result === 'ENOSYS') return MISSING;
    child.stdin.write('\n');
    const echo = once(child.stdout, 'data', { signal: AbortSignal.timeout(ECHO_DEADLINE_MS) });
    const isAlive = await Promise.race([echo.then(() => true), once(child, 'exit').then(() => false)]).catch(
      () => false,
    );
    if (result !== 'ESRCH' || !isAlive)
      return 'a signal for another incarnation of a process was not refused';
    return null;
  } finally {
    child.stdin.end();
  }
}

function nothingToClose(): void {
  // An audit token is a few bytes.
}
