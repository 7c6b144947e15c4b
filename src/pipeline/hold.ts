import type { Asking, Recheck } from '../action/retire.js';
import type { HeldTarget, OnProgress } from '../action/sweep.js';
import type { Wish } from '../action/plan.js';
import { lookAgain } from '../facts/look-again.js';
import { identifyListener } from '../identity/identify.js';
import type { JudgedCandidate } from '../model/candidate.js';
import type { Facts } from '../model/evidence.js';
import type { Ledger, Plan } from '../model/outcome.js';
import { isCertified } from '../policy/certificate.js';
import type { Examination } from './examine.js';
import { plan } from './plan.js';

/** Something that is to be cleaned, and who asked. */
export interface Errand {
  readonly wish: Wish;
  /** The words of the command, for the journal. */
  readonly askedBy: string;
  readonly onProgress: OnProgress;
}

/** A plan whose targets are held: nobody can take their place any more. */
export interface HeldPlan {
  readonly examination: Examination;
  readonly plan: Plan;
  readonly targets: readonly HeldTarget[];
}

export async function takeHold(examination: Examination, wish: Wish): Promise<HeldPlan> {
  const wished = plan(examination, wish);
  if (wished.targets.length === 0) return { examination, plan: wished, targets: [] };
  if (!(await mayActOn(examination))) throw new Error(NOT_CERTIFIED.message);
  const { holdTargets, withoutStarting } = await import('../action/act.js');
  const settled = await withoutStarting(wished, examination.facts.root);
  return { examination, plan: settled, targets: await holdTargets(settled) };
}

/** Lets go of what was held, and does nothing about it. */
export function letGo({ targets }: HeldPlan): void {
  for (const { hold } of targets) hold.release();
}

/** Retires what is held, looking again before each step. Call under the sweep's own lock, outside that of a start. */
export async function retireHeld(held: HeldPlan, { askedBy, onProgress }: Errand): Promise<Ledger> {
  const { facts, policy } = held.examination;
  const { openJournal, sweep } = await import('../action/act.js');
  return sweep(held.plan, held.targets, {
    observer: facts.observer,
    lookAgain: (judged, asking) => judgeAgain(judged, facts, asking),
    journal: openJournal(facts.family, facts.root.path, askedBy, policy.sha256),
    onProgress,
  });
}

/** Dashboards are judged by code; what a policy allows counts only where it was proved to allow nothing worse. */
async function mayActOn({ facts, policy }: Examination): Promise<boolean> {
  return facts.family === 'dashboard' || isCertified(await policy.compiled());
}

export const NOT_CERTIFIED = {
  ok: false,
  message: 'the certificate of the policy is missing, or of another policy: nothing is done under it',
  nextStep: 'install spec-kitty again, or give a policy of your own, which is proved on the spot',
} as const;

/** Facts and identity once more, for one candidate, right before something is done to it. */
async function judgeAgain(judged: JudgedCandidate, facts: Facts, asking: Asking): Promise<Recheck> {
  const look = await lookAgain(judged.evidence, facts, asking);
  switch (look.kind) {
    case 'gone':
      return look;
    case 'socket_released':
      return { kind: 'changed', why: 'it no longer holds the socket that it was judged by' };
    case 'unreadable':
      return { kind: 'changed', why: `it cannot be looked at again: ${look.why}` };
    case 'there':
      return { kind: 'there', candidate: identifyListener(look.evidence, look.facts), looks: look.looks };
  }
}
