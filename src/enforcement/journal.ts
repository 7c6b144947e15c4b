import { join } from 'node:path';
import type { Machine, Observer } from '../machine/machine.js';
import type { JudgedCandidate } from '../model/candidate.js';
import type { Family } from '../model/family.js';
import type { JournalLine, JournalSubject } from '../model/journal.js';
import { startFields } from '../model/opaque-id.js';
import type { Outcome } from '../model/outcome.js';
import { DECIDING_FACT_NAMES } from '../model/policy-facts.js';
import { DAEMON_FILES } from '../model/root.js';

/** The journal of one sweep. It answers "what stopped my daemon?" with the command, the rule and the evidence. */
export interface Journal {
  /**
   * Writes the intents, before any request or signal.
   * @returns why they could not be written, or null; no request or signal may be sent without an intent
   */
  intend(candidates: readonly JudgedCandidate[]): string | null;
  /** Writes the outcome of one candidate. @returns why it could not be written, or null */
  conclude(candidate: JudgedCandidate, outcome: Outcome): string | null;
}

/**
 * Opens the journal of a root for one sweep.
 * @param askedBy the command, without secrets: `auth doctor --reset`
 */
export function openJournal(
  machine: Machine,
  family: Family,
  root: string,
  askedBy: string,
  policySha256: string,
): Journal {
  const path = join(root, DAEMON_FILES[family].journal);
  const sweepId = machine.observer.randomBytes(6).toString('hex');
  return {
    intend: (candidates) =>
      machine.actor.files.appendLines(
        path,
        candidates.map((candidate) =>
          intentLine(machine.observer, candidate, sweepId, askedBy, policySha256),
        ),
      ),
    conclude: (candidate, outcome) =>
      machine.actor.files.appendLines(path, [outcomeLine(machine.observer, candidate, sweepId, outcome)]),
  };
}

/** Journals that a state file is cleared on request. `pid` and `port` are 0 if they are unknown. */
export interface ForgetJournal {
  /** Writes the intent, before the file is touched. @returns why it could not be written, or null */
  intend(detail: string): string | null;
  /** Writes what became of the file. @returns why it could not be written, or null */
  conclude(result: string, detail: string | null): string | null;
}

export function openForgetJournal(
  { observer, actor }: Machine,
  family: Family,
  root: string,
  askedBy: string,
  { pid, port }: { readonly pid: number; readonly port: number },
): ForgetJournal {
  const path = join(root, DAEMON_FILES[family].journal);
  const act = observer.randomBytes(6).toString('hex');
  const append = (line: JournalLine): string | null => actor.files.appendLines(path, [line]);
  const subject = (): JournalSubject => ({
    at: observer.clock.now().toISOString(),
    act,
    pid,
    start_ticks: 0,
    port,
  });
  return {
    intend: (detail) => append({ ...subject(), event: 'forget', asked_by: askedBy, detail }),
    conclude: (result, detail) => append({ ...subject(), event: 'outcome', result, detail }),
  };
}

function intentLine(
  observer: Observer,
  candidate: JudgedCandidate,
  sweepId: string,
  askedBy: string,
  policySha256: string,
): JournalLine {
  const { verdict, facts } = candidate;
  return {
    ...subjectOf(observer, candidate, sweepId),
    event: 'intent',
    asked_by: askedBy,
    policy_sha256: policySha256,
    rule: verdict.rule,
    cleanup_class: verdict.cleanupClass,
    skip_reason: verdict.reason,
    facts: Object.fromEntries(DECIDING_FACT_NAMES.map((fact) => [fact, facts[fact]])),
  };
}

function outcomeLine(
  observer: Observer,
  candidate: JudgedCandidate,
  sweepId: string,
  outcome: Outcome,
): JournalLine {
  return {
    ...subjectOf(observer, candidate, sweepId),
    event: 'outcome',
    result: outcome.bucket === 'swept' ? outcome.path : `${outcome.bucket}: ${outcome.reason}`,
    detail: outcome.bucket === 'swept' ? null : outcome.detail,
  };
}

function subjectOf(
  observer: Observer,
  { evidence: { socket, holder } }: JudgedCandidate,
  sweepId: string,
): JournalSubject {
  return {
    at: observer.clock.now().toISOString(),
    act: `${sweepId}-${socket.id ?? 0}`,
    pid: holder.kind === 'known' ? holder.process.pid : 0,
    ...(holder.kind === 'known' ? startFields(holder.process.incarnation) : { start_ticks: 0 }),
    port: socket.port,
  };
}
