import { createHash } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SHIPPED_TEXT } from '../../builders/policy.js';
import { policyFolder } from '../../support/policy-folder.js';
import { change, diffIn, LOOSER, STRICTER } from './after.js';

let folder = policyFolder();

beforeEach(() => {
  folder.close();
  folder = policyFolder();
  folder.write('policy/sync.yaml', SHIPPED_TEXT);
});
afterAll(() => {
  folder.close();
});

/** The diff of a text with a policy that never touches pre-marker daemons. */
const diffAfter = (text: string, words: readonly string[] = []) => diffIn(folder, text, words, STRICTER);

const NONE = `sha256:${'0'.repeat(64)}`;

describe('an acknowledged change', () => {
  /** The printed entries, each with this reason. */
  const answered = ({ stdout }: { readonly stdout: string }, why: string): string =>
    [...stdout.matchAll(/^ {4}(- change: sha256:[0-9a-f]{64}\n) {4}( {2}why: )/gm)]
      .map(([, change = '', reason = '']) => `${change}${reason}${why}\n`)
      .join('');
  const accept = (text: string): void => {
    folder.write('policy/acknowledged.yaml', text);
  };

  test('passes with the printed lines and a reason', () => {
    accept(`# accepted\n${answered(diffAfter(SHIPPED_TEXT), 'they can be asked to leave')}`);
    const { code, stdout } = diffAfter(SHIPPED_TEXT);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('warning loosened') });
    const again = diffAfter(SHIPPED_TEXT, ['--json']);
    expect(JSON.parse(again.stdout)).toMatchObject({
      outcome: 'clean',
      findings: [{ acknowledged: 'they can be asked to leave' }, {}],
    });
  });

  test('is identified by its states and verdicts and not by its lines', () => {
    accept(answered(diffAfter(SHIPPED_TEXT), 'so'));
    expect(diffAfter(SHIPPED_TEXT.replace('rules:\n', 'rules:\n\n\n')).code).toBe(0);
    expect(diffAfter(change('reason: pre_marker', 'reason: no_marker')).code).toBe(1);
    const fewer = change('when: { root_marker: absent }', 'when: { root_marker: absent, responder: sync }');
    expect(diffAfter(fewer).code).toBe(1);
  });

  test('may be a removed invariant', () => {
    const without = STRICTER.replace(/ {2}- independent: package_version\n.*\n/, '');
    accept(answered(diffAfter(without), 'nothing names it'));
    expect(diffAfter(without).code).toBe(0);
  });

  test('cannot break a mandatory invariant', () => {
    const { findings } = JSON.parse(diffIn(folder, LOOSER, ['--json']).stdout) as {
      readonly findings: readonly { readonly change: null; readonly about: { readonly region: object } }[];
    };
    expect(findings.map(({ change: hash }) => hash)).toEqual([null]);
    const content = findings.map(({ about: { region } }) => ({
      region,
      before: 'never_touch (third_party)',
      after: 'operator_required (third_party)',
    }));
    const hash = createHash('sha256').update(JSON.stringify(content[0])).digest('hex');
    accept(`- change: sha256:${hash}\n  why: so\n`);
    const { code, stdout } = diffIn(folder, LOOSER);
    expect(code).toBe(1);
    expect(stdout).toContain('next step: undo the change: it breaks the mandatory invariant "');
  });

  test('has a hash of its states and verdicts', () => {
    const { stdout } = diffAfter(SHIPPED_TEXT, ['--json']);
    const { findings } = JSON.parse(stdout) as {
      readonly findings: readonly { readonly change: string; readonly about: { readonly region: object } }[];
    };
    for (const { change: hash, about } of findings) {
      const content = {
        region: about.region,
        before: 'never_touch (pre_marker)',
        after: 'operator_required (pre_marker)',
      };
      expect(hash).toBe(`sha256:${createHash('sha256').update(JSON.stringify(content)).digest('hex')}`);
    }
  });

  test('is reported if it no longer matches a change', () => {
    accept(`- change: ${NONE}\n  why: long ago\n`);
    const { code, stdout } = diffAfter(STRICTER);
    expect(code).toBe(0);
    expect(stdout).toContain('policy/acknowledged.yaml:1:3 note stale-acknowledgement');
  });

  test.each([
    [
      'no reason',
      `- change: ${NONE}\n  why: # say why\n`,
      'acknowledged.yaml:2:8: `0.why` has the wrong form',
    ],
    [
      'an empty reason',
      `- change: ${NONE}\n  why: ' '\n`,
      'acknowledged.yaml:2:8: `0.why` is not well formed',
    ],
    [
      'a shortened hash',
      '- change: sha256:0123abcd\n  why: so\n',
      'acknowledged.yaml:1:11: `0.change` is not well formed',
    ],
    ['an unknown key', `- change: ${NONE}\n  why: so\n  by: me\n`, '3:3: unknown key `by`'],
    [
      'twice',
      `- change: ${NONE}\n  why: so\n`.repeat(2),
      'acknowledged.yaml:3:3: this change is acknowledged twice',
    ],
    ['not a list', 'change: all\n', 'acknowledged.yaml:1:1: the list has the wrong form'],
    ['an anchor', '- &a { change: x, why: y }\n', '1:6: anchors are not allowed here'],
  ])('is read strictly: %s', (_name, text, problem) => {
    accept(text);
    const { code, stdout, stderr } = diffAfter(SHIPPED_TEXT);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(problem);
    expect(stderr).toMatch(/\nnext step: .+\n$/);
  });

  test('may be missing: a file with only comments', () => {
    accept('# nothing yet\n');
    expect(diffAfter(STRICTER).code).toBe(0);
  });
});
