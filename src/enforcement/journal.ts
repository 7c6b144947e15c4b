import { join } from 'node:path';
import type { Machine, Observer } from '../machine/machine.js';
import type { JudgedCandidate } from '../model/candidate.js';
import type { Family } from '../model/family.js';
import type { JournalLine, JournalSubject } from '../model/journal.js';
import type { Outcome } from '../model/outcome.js';
import { DECIDING_FACT_NAMES } from '../model/policy-facts.js';
import { DAEMON_FILES } from '../model/root.js';

/** The journal of one sweep. What stopped my daemon? It knows: who asked, by which rule, on what evidence. */
export interface Journal {
  /** Before anything is done. @returns why it could not be written, or null: without a trace nothing is done. */
  intend(candidates: readonly JudgedCandidate[]): string | null;
  /** After. @returns why it could not be written, or null */
  conclude(candidate: JudgedCandidate, outcome: Outcome): string | null;
}

/** @param askedBy the words of the command, without anything secret */
export function openJournal(
  machine: Machine,
  family: Family,
  root: string,
  askedBy: string,
  policySha256: string,
): Journal {
  const path = join(root, DAEMON_FILES[family].journal);
  const run = machine.observer.randomBytes(6).toString('hex');
  return {
    intend: (candidates) =>
      machine.actor.files.appendLines(
        path,
        candidates.map((candidate) => intentLine(machine.observer, candidate, run, askedBy, policySha256)),
      ),
    conclude: (candidate, outcome) =>
      machine.actor.files.appendLines(path, [outcomeLine(machine.observer, candidate, run, outcome)]),
  };
}

function intentLine(
  observer: Observer,
  candidate: JudgedCandidate,
  run: string,
  askedBy: string,
  policySha256: string,
): JournalLine {
  const { verdict, facts } = candidate;
  return {
    ...subjectOf(observer, candidate, run),
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
  run: string,
  outcome: Outcome,
): JournalLine {
  return {
    ...subjectOf(observer, candidate, run),
    event: 'outcome',
    result: outcome.bucket === 'swept' ? outcome.path : `${outcome.bucket}: ${outcome.reason}`,
    detail: outcome.bucket === 'swept' ? null : outcome.detail,
  };
}

function subjectOf(
  observer: Observer,
  { evidence: { socket, holder } }: JudgedCandidate,
  run: string,
): JournalSubject {
  return {
    at: observer.clock.now().toISOString(),
    act: `${run}-${socket.inode ?? 0}`,
    pid: holder.kind === 'known' ? holder.process.pid : 0,
    start_ticks: holder.kind === 'known' ? holder.process.startTicks : 0,
    port: socket.port,
  };
}
