import type { JudgedCandidate } from '../../model/candidate.js';

/** What `--explain` is narrowed to. */
export type ExplainTarget = { readonly port: number } | { readonly pid: number };

export function isTarget({ identity }: JudgedCandidate, target: ExplainTarget): boolean {
  return 'port' in target ? identity.port === target.port : identity.pid === target.pid;
}
