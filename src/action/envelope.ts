import type { IdentifiedCandidate } from '../model/candidate.js';
import type { Observer } from '../model/evidence.js';
import type { Family } from '../model/family.js';
import type { Entrypoint, Refusal } from '../model/outcome.js';
import type { Checks } from './envelope/check.js';
import { FOR_ALL } from './envelope/for-all.js';
import { isAnotherProjects } from './envelope/project.js';
import { NOT_LIVE, isNotRecorded, isUnproven, isUnprovenOrRecorded } from './envelope/singleton.js';

/**
 * The safety envelope (design: "Action"). It knows nothing of the policy, and stands in front of every signal and every
 * shutdown request: whatever a rule says, a candidate that is refused here is left alone.
 * @returns why the candidate must be left alone, or null when nothing stands against acting
 */
export function envelope(
  candidate: IdentifiedCandidate,
  entrypoint: Entrypoint,
  observer: Observer,
): Refusal | null {
  return refusalBy([...FOR_ALL, ...FOR_EACH[entrypoint]], candidate, observer, FAMILY_OF[entrypoint]);
}

/** Why a candidate may be in use somewhere, or null. Its process is then left alone for its other sockets too. */
export function whyLive(candidate: IdentifiedCandidate, observer: Observer): Refusal | null {
  return refusalBy(NOT_LIVE, candidate, observer, candidate.family);
}

function refusalBy(
  checks: Checks,
  candidate: IdentifiedCandidate,
  observer: Observer,
  family: Family,
): Refusal | null {
  for (const [reason, check] of checks) {
    const detail = check(candidate, observer, family);
    if (detail !== null) return { reason, detail };
  }
  return null;
}

/** The wall between the families: an entrypoint acts on its own, whatever a candidate says it is (C-001, C-002). */
const FAMILY_OF: Readonly<Record<Entrypoint, Family>> = {
  startup: 'sync',
  reset: 'sync',
  stop: 'sync',
  dashboard_start: 'dashboard',
  dashboard_stop: 'dashboard',
};

const FOR_EACH: Readonly<Record<Entrypoint, Checks>> = {
  reset: NOT_LIVE,
  // Nobody asked: so it proves for itself what the policy has proven.
  startup: [...NOT_LIVE, ['not_proven', isUnprovenOrRecorded]],
  stop: [
    ['not_recorded', isNotRecorded],
    ['not_proven', isUnproven],
  ],
  dashboard_start: [['other_project', isAnotherProjects], ...NOT_LIVE, ['not_proven', isUnprovenOrRecorded]],
  dashboard_stop: [
    ['other_project', isAnotherProjects],
    ['not_proven', isUnproven],
  ],
};
