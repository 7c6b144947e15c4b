import { describe, expect, test } from '@jest/globals';
import { refusalFor } from '../../src/enforcement/guard.js';
import { attestedEvidence } from '../../src/identity/attested.js';
import { identifyListener } from '../../src/identity/identify.js';
import {
  attestedBy,
  type Attested,
  attestsAll,
  CAPABILITIES,
  type Capabilities,
  capabilitiesOf,
  CAPABILITY_WORDS,
  missingOf,
  PLATFORM_CAPABILITIES,
} from '../../src/model/capabilities.js';
import type { IdentifiedCandidate } from '../../src/model/candidate.js';
import { platformNamed } from '../../src/model/platform.js';
import { COLLECTORS, type Scan } from '../../src/model/scan.js';
import { decidingRule } from '../../src/policy/evaluate.js';
import { aListener, aScan } from '../builders/evidence.js';
import { shippedPolicy } from '../builders/policy.js';

const ALL = PLATFORM_CAPABILITIES.linux;
const ATTESTED = ['attests_owners', 'attests_argv', 'identifies_incarnations'] as const;

/** Every combination of the three capabilities of a collector. */
const COMBINATIONS: readonly Attested[] = Array.from({ length: 8 }, (_, bits) => ({
  attests_owners: (bits & 1) !== 0,
  attests_argv: (bits & 2) !== 0,
  identifies_incarnations: (bits & 4) !== 0,
}));

const policy = shippedPolicy();
const classOf = (candidate: IdentifiedCandidate): string =>
  (decidingRule(policy, candidate.facts) ?? policy.fallback).cleanupClass;

const ORPHAN = aListener();
const SCAN = aScan([ORPHAN]);

describe('a capability that is missing', () => {
  test.each(CAPABILITIES)('takes only itself away: %s', (name) => {
    const machine: Capabilities = { ...ALL, [name]: false };
    expect(capabilitiesOf(machine, 'procfs', true)).toEqual(machine);
    expect(missingOf(machine)).toEqual([CAPABILITY_WORDS[name]]);
    expect(attestsAll(machine)).toBe(!(ATTESTED as readonly string[]).includes(name));
  });

  test('is not made up for by the collector, nor one of the collector by the platform', () => {
    expect(capabilitiesOf(PLATFORM_CAPABILITIES.other, 'procfs', true)).toEqual(PLATFORM_CAPABILITIES.other);
    expect(capabilitiesOf(ALL, 'systeminformation', true)).toEqual({
      ...ALL,
      attests_owners: false,
      attests_argv: false,
      identifies_incarnations: false,
    });
  });

  test.each([
    ['were not found here', false, false],
    ['were found here', true, true],
    ['were not looked for', null, true],
  ])('may be race-free signals that %s', (_name, signals, expected) => {
    expect(capabilitiesOf(ALL, 'procfs', signals).signals_race_free).toBe(expected);
    expect(capabilitiesOf({ ...ALL, signals_race_free: false }, 'procfs', signals).signals_race_free).toBe(
      false,
    );
  });

  test.each(COMBINATIONS)('leaves no proven orphan, and the guard refuses it: %j', (attested) => {
    const whole = attestsAll(attested);
    const narrowed = identifyListener(attestedEvidence(ORPHAN, attested), SCAN);
    expect(classOf(narrowed) === 'safe_auto').toBe(whole);
    expect(refusalFor(narrowed, 'startup', SCAN.context) === null).toBe(whole);
    // The guard looks for itself, even if the evidence has everything.
    const exact = { ...identifyListener(ORPHAN, SCAN), attested };
    const refusal = refusalFor(exact, 'reset', SCAN.context);
    expect(refusal?.reason ?? null).toBe(whole ? null : 'identity_unreadable');
  });
});

test('what a collector does not attest proves nothing, even if its evidence looks exact', () => {
  const scan: Scan = { ...SCAN, collector: 'systeminformation' };
  const candidate = identifyListener(ORPHAN, scan);
  expect(classOf(identifyListener(ORPHAN, SCAN))).toBe('safe_auto');
  expect(classOf(candidate)).not.toBe('safe_auto');
  expect(refusalFor(candidate, 'reset', scan.context)).toMatchObject({ reason: 'identity_unreadable' });
});

test('evidence of a collector that attests everything is not touched', () => {
  expect(attestedEvidence(ORPHAN, attestedBy('procfs'))).toBe(ORPHAN);
});

test('each platform has a row, and a platform without one has nothing', () => {
  for (const name of ['linux', 'darwin', 'win32'] as const)
    expect(platformNamed(name).capabilities).toEqual(PLATFORM_CAPABILITIES[name]);
  for (const name of ['freebsd', 'constructor', ''])
    expect(missingOf(platformNamed(name).capabilities)).toHaveLength(CAPABILITIES.length);
});

test('only the exact collector of a platform that attests everything is its default', () => {
  for (const name of ['linux', 'darwin', 'win32', 'freebsd']) {
    const { capabilities, defaultCollector } = platformNamed(name);
    expect(attestsAll(attestedBy(defaultCollector))).toBe(attestsAll(capabilities));
  }
  expect(COLLECTORS.filter((name) => attestsAll(attestedBy(name)))).toEqual(['procfs', 'libproc']);
});
