import type { Remedy } from './root-problem.js';

/** What a command did to clear the state file of a root. */
export type ForgetResult =
  /** There is no state file. */
  | { readonly kind: 'nothing'; readonly detail: string }
  | { readonly kind: 'removed'; readonly detail: string }
  /** The file names no daemon: it was renamed, because what it contains may be needed. */
  | { readonly kind: 'put_aside'; readonly detail: string; readonly movedTo: string }
  /** A daemon that the file may name may live. Nothing was changed. */
  | { readonly kind: 'refused'; readonly detail: string; readonly remedy: Remedy };

/** The part of a `--json` document that is about a cleared state file. Contains no secret. */
export interface ForgetReport {
  readonly schema_version: 1;
  /** The runtime root, or the project. */
  readonly root: string;
  readonly result: ForgetResult['kind'];
  /** What was done and why, or what prevents it, as a sentence. */
  readonly detail: string;
  /** Where the content of a file that names no daemon is now; else null. */
  readonly moved_to: string | null;
  /** What to do if it was refused; else null. */
  readonly next_step: string | null;
}
