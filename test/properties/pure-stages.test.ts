import { expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { refusalFor } from '../../src/enforcement/guard.js';
import {
  planFor,
  RESET_CLASSES,
  STARTUP_TARGETS,
  STOP_TARGETS,
  selectForReset,
} from '../../src/enforcement/plan.js';
import { identifyListener } from '../../src/identity/identify.js';
import type { IdentifiedCandidate, JudgedCandidate } from '../../src/model/candidate.js';
import { err } from '../../src/model/result.js';
import type { ListenerEvidence, RootEvidence } from '../../src/model/scan.js';
import { CLEANUP_CLASSES, type CleanupClass } from '../../src/model/verdict.js';
import { decidingRule } from '../../src/policy/evaluate.js';
import { whyImpossible } from '../../src/policy/vocabulary.js';
import { buildReport } from '../../src/report/build.js';
import { aScan } from '../builders/evidence.js';
import { shippedPolicy } from '../builders/policy.js';
import { aReportInput } from '../builders/report-input.js';
import { someListener, someRoot } from './evidence.js';

const policy = shippedPolicy();
const SELECTIONS = [
  selectForReset(RESET_CLASSES),
  selectForReset(['safe_auto']),
  STARTUP_TARGETS,
  STOP_TARGETS,
];
/** A failing case is printed with its seed, so that it can be repeated. */
const RUNS = { numRuns: 2000, seed: 2026 };

function judge(evidence: ListenerEvidence, root: RootEvidence): JudgedCandidate {
  const candidate = identifyListener(evidence, aScan([evidence], root));
  const rule = decidingRule(policy, candidate.facts);
  const { cleanupClass, reason } = rule ?? policy.fallback;
  return { ...candidate, verdict: { cleanupClass, reason, rule: rule?.id ?? null, trace: [] } };
}

/** Whether all evidence of a positive identity is present and exact. */
function isEvidenceComplete({ evidence: { holder, health } }: IdentifiedCandidate): boolean {
  return (
    holder.kind === 'known' &&
    holder.process.argv.ok &&
    holder.process.argv.value.exact &&
    health.kind === 'answered' &&
    (health.body.token ?? health.body.proof) !== null
  );
}

test('a self-report matches only if no evidence for it is unknown', () => {
  let matches = 0;
  fc.assert(
    fc.property(someListener, someRoot, (evidence, root) => {
      const candidate = judge(evidence, root);
      if (candidate.facts.self_report !== 'matches') return;
      matches++;
      expect(isEvidenceComplete(candidate)).toBe(true);
    }),
    RUNS,
  );
  expect(matches).toBeGreaterThan(50);
});

test('identity produces possible states only', () => {
  fc.assert(
    fc.property(someListener, someRoot, (evidence, root) => {
      expect(whyImpossible(judge(evidence, root).facts)).toBeNull();
    }),
    RUNS,
  );
});

test('whatever the verdicts are, a plan has each candidate once, and no target that the guard refuses (pitfall 25)', () => {
  const { context } = aScan([]);
  const someVerdict = fc.constantFrom<CleanupClass>(...CLEANUP_CLASSES);
  const someCandidates = fc.array(fc.tuple(someListener, someRoot, someVerdict), { maxLength: 8 });
  let targets = 0;
  fc.assert(
    fc.property(someCandidates, fc.constantFrom(...SELECTIONS), (drawn, selection) => {
      const candidates = drawn.map(([evidence, root, cleanupClass]): JudgedCandidate => {
        const reason = cleanupClass === 'safe_auto' ? null : 'some_reason';
        return { ...judge(evidence, root), verdict: { cleanupClass, reason, rule: null, trace: [] } };
      });
      const plan = planFor(selection, candidates, context);
      const placed = [
        ...plan.targets,
        ...[...plan.skipped, ...plan.refused].map(({ candidate }) => candidate),
      ];
      expect(new Set(placed)).toEqual(new Set(candidates));
      expect(placed).toHaveLength(candidates.length);
      for (const target of plan.targets) {
        targets++;
        expect(refusalFor(target, selection.entrypoint, context)).toBeNull();
        expect(target.evidence.socket).toMatchObject({ uid: context.uid });
      }
    }),
    RUNS,
  );
  expect(targets).toBeGreaterThan(50);
});

/** Each removes one piece of evidence. */
const REMOVALS: readonly ((evidence: ListenerEvidence) => ListenerEvidence)[] = [
  (evidence) => ({ ...evidence, holder: { kind: 'unknown', why: 'removed' } }),
  (evidence) => ({ ...evidence, holder: { kind: 'ambiguous', why: 'removed', pids: [] } }),
  (evidence) => ({ ...evidence, health: { kind: 'silent', why: 'removed' } }),
  (evidence) => ({ ...evidence, health: { kind: 'not_asked', why: 'removed' } }),
  (evidence) => ({ ...evidence, roots: err('removed') }),
  (evidence) => ({ ...evidence, socket: { ...evidence.socket, uid: null } }),
  ({ holder, ...rest }) => ({
    ...rest,
    holder:
      holder.kind === 'known'
        ? { kind: 'known', process: { ...holder.process, argv: err('removed') } }
        : holder,
  }),
  ({ health, ...rest }) => ({
    ...rest,
    health:
      health.kind === 'answered'
        ? { kind: 'answered', body: { ...health.body, token: null, proof: null } }
        : health,
  }),
];

test('less evidence never makes a candidate safe to clean', () => {
  let wasSafe = 0;
  fc.assert(
    fc.property(someListener, someRoot, fc.constantFrom(...REMOVALS), (evidence, root, remove) => {
      const before = judge(evidence, root).verdict.cleanupClass;
      if (before === 'safe_auto') wasSafe++;
      // Each piece is needed as proof, so without it a safe candidate is no longer safe, and no other becomes safe.
      expect(judge(remove(evidence), root).verdict.cleanupClass).not.toBe('safe_auto');
    }),
    RUNS,
  );
  expect(wasSafe).toBeGreaterThan(20);
});

test('with an unusable state file no candidate is safe to clean', () => {
  fc.assert(
    fc.property(someListener, someRoot, (evidence, root) => {
      const unusable = { ...root, stateFile: { kind: 'unreadable', why: 'removed' } } as const;
      expect(judge(evidence, unusable).verdict.cleanupClass).not.toBe('safe_auto');
    }),
    RUNS,
  );
});

test('every report keeps to its schema, as text and back (FR-001)', () => {
  const schema = JSON.parse(readFileSync('schemas/doctor-report.schema.json', 'utf8')) as object;
  const validate = new Ajv({ allowUnionTypes: true }).compile(schema);
  const inRange = someListener.filter(({ socket: { port } }) => port >= 9400 && port < 9450);
  fc.assert(
    fc.property(fc.array(inRange, { maxLength: 5 }), someRoot, (listeners, root) => {
      const candidates = listeners.map((evidence) => judge(evidence, root));
      const input = aReportInput({ scan: aScan(listeners, root), candidates });
      const report = buildReport(input);
      const again: unknown = JSON.parse(JSON.stringify(report));
      expect({ errors: validate(again) ? null : validate.errors }).toEqual({ errors: null });
      expect(again).toEqual(report);
    }),
    { ...RUNS, numRuns: 500 },
  );
});
