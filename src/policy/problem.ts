import type { Place } from '../model/verdict.js';

/** Why a file is refused. */
type CheckId =
  | 'unread'
  | 'file'
  | 'yaml'
  | 'form'
  | 'unknown-word'
  | 'display-only-fact'
  | 'duplicate-id'
  | 'empty-when'
  | 'missing-why'
  | 'default'
  | 'reason'
  | 'unknown-in-safe-auto'
  | 'too-many-rules'
  | 'invariant'
  | 'cases'
  | 'acknowledged';

/** What is wrong with a file that people write, where, and what to do about it. */
export interface PolicyProblem extends Place {
  /** What kind of trouble it is; `docs/policy/<check>.md` is about it. */
  readonly check: CheckId;
  readonly file: string;
  readonly message: string;
  readonly hint: string | null;
}

/** Where trouble with the file as a whole is reported. */
export const TOP: Place = { line: 1, column: 1 };

/** Why a file cannot be used at all: what is in it is not known (`unread`), or it is no text to look into. */
export interface Unusable extends Pick<PolicyProblem, 'message' | 'hint'> {
  readonly check?: 'unread' | 'file';
}

export function fileProblem(file: string, { check = 'file', message, hint }: Unusable): PolicyProblem {
  return { file, ...TOP, check, message, hint };
}
