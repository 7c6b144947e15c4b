import type { Reading } from './evidence.js';

/**
 * One look at what a daemon that does not answer is doing. Silence is no proof of being stuck (design: "Silence is no
 * proof of being wedged"), so several of these are compared before anything is done to it.
 */
export interface ActivityLook {
  readonly connections: Reading<readonly Connection[]>;
  readonly process: Reading<ProcessActivity>;
}

/** A TCP connection that can still carry data, seen from the daemon's side. */
export interface Connection {
  /** `inbound`: to its listening socket. `outbound`: any other that it has open, an upload for example. */
  readonly direction: 'inbound' | 'outbound';
  /** The other end: address and port. */
  readonly peer: string;
  /** Who opened the other end; null where the kernel shows no such socket on this machine, or one that was closed. */
  readonly peerUid: number | null;
}

/** What the threads of a process are doing. */
export interface ProcessActivity {
  /** What keeps it from running, or null. */
  readonly suspension: Suspension | null;
  /** In words, what a thread that is not asleep does; null where all are asleep. */
  readonly awake: string | null;
  /** Two looks at a process of which no thread ran in between have equal counters. */
  readonly counters: Counters;
}

export interface Counters {
  /** User and system time of all threads, in clock ticks. */
  readonly cpuTicks: number;
  /** How often any of its threads was taken off a CPU: counts what is too short for a clock tick. */
  readonly contextSwitches: number;
  /** Bytes that it read from files, pipes and, where it reads them so, sockets. */
  readonly bytesRead: number;
}

export type Suspension =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'traced'; readonly by: number }
  /** `freezer` is the file of the control group that thaws it. */
  | { readonly kind: 'frozen'; readonly freezer: string };
