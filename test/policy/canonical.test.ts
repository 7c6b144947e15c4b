import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type CST, Parser } from 'yaml';
import { DECIDING_FACT_NAMES, DECIDING_FACTS } from '../../src/model/policy-facts.js';
import { canonical } from '../../src/policy/fmt.js';
import { compileText } from '../../src/policy/load.js';
import { SHIPPED_TEXT } from '../builders/policy.js';

/** The fixed seed makes a failure repeatable. */
const MANY = { numRuns: 200, seed: 2026 };

describe('fmt', () => {
  test('keeps the meaning and every comment of a policy, for any layout', () => {
    fc.assert(
      fc.property(somePolicy(), (text) => {
        const formatted = canonical(text);
        expect(meaningOf(formatted)).toEqual(meaningOf(text));
        expect(commentsOf(formatted)).toEqual(commentsOf(text));
      }),
      MANY,
    );
  });

  test('is idempotent', () => {
    fc.assert(
      fc.property(somePolicy(), (text) => {
        const formatted = canonical(text);
        expect(canonical(formatted)).toBe(formatted);
      }),
      MANY,
    );
  });

  const withRule = (when: string): string =>
    SHIPPED_TEXT.replace('when: { port_range: outside }\n', () => `when:${when}\n    # '[ a,  b ] { c }'\n`);

  test('pads braces but not brackets, and changes nothing inside quotes or comments', () => {
    const loose = withRule(` {responder:   [ 'sync',silent ]} # [ as, 'it is' ]`);
    expect(canonical(loose)).toBe(withRule(` { responder: ['sync', silent] } # [ as, 'it is' ]`));
  });

  test('aligns the end of a multi-line list with its beginning', () => {
    expect(canonical(withRule(' { responder: [sync, # why\n          silent] }'))).toBe(
      withRule(
        '\n      {\n        responder:\n          [\n            sync, # why\n            silent\n          ]\n      }',
      ),
    );
  });
});

/** The compiled policy without places, which move, and without the hash of the text. */
function meaningOf(text: string): unknown {
  const compiled = compileText(text, 'p.yaml');
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  const { policy, invariants } = compiled.compiled;
  return {
    rules: policy.rules.map((rule) => ({ ...rule, place: null })),
    fallback: policy.fallback,
    invariants: invariants.map((invariant) => ({ ...invariant, place: null })),
  };
}

/** The comments in source order, as the lexer finds them. */
function commentsOf(text: string): readonly string[] {
  const comments: string[] = [];
  const collect = (token: unknown): void => {
    if (Array.isArray(token)) token.forEach(collect);
    if (typeof token !== 'object' || token === null) return;
    if ((token as CST.Token).type === 'comment') comments.push((token as CST.SourceToken).source.trimEnd());
    Object.values(token).forEach(collect);
  };
  for (const token of new Parser().parse(text)) collect(token);
  return comments;
}

/** A policy with quotes, spaces, line ends and comments wherever YAML allows them. */
function somePolicy(): fc.Arbitrary<string> {
  const rules = fc.array(someRule(), { minLength: 1, maxLength: 3 });
  return fc
    .tuple(rules, someFacts(), someBreaks(0), someInvariants())
    .map(
      ([written, facts, before, invariants]) =>
        `${before}facts:\n${facts}rules:\n${written
          .map((rule, index) => `  - id: r${index}\n${rule}`)
          .join('')}default: { class: never_touch,   reason: unclassified}\n${invariants}`,
    );
}

function someFacts(): fc.Arbitrary<string> {
  const lines = DECIDING_FACT_NAMES.map((fact) =>
    fc
      .tuple(someList([...DECIDING_FACTS[fact]]), someLineEnd())
      .map(([list, end]) => `  ${fact}: ${list}${end}`),
  );
  return fc.tuple(...lines).map((written) => written.join(''));
}

function someRule(): fc.Arbitrary<string> {
  const then = fc.constantFrom(
    '{ class: never_touch, reason: a }',
    '{class: "safe_auto"}',
    '\n      class: safe_auto',
  );
  return fc
    .tuple(someWhen(), then, someWhy(), someLineEnd(), someLineEnd(), someBreaks(4))
    .map(
      ([when, given, why, afterWhen, afterThen, between]) =>
        `    when: ${when}${afterWhen}${between}    then: ${given}${afterThen}    why: ${why}\n`,
    );
}

function someInvariants(): fc.Arbitrary<string> {
  return fc
    .tuple(someWhen(), someWhy(), someBreaks(2))
    .map(([when, why, before]) =>
      when.startsWith('{')
        ? `invariants:\n${before}  - forbid: { when: ${when}, class: safe_auto }\n    why: ${why}\n`
        : '',
    );
}

function someWhen(): fc.Arbitrary<string> {
  const conditions = fc.subarray([...DECIDING_FACT_NAMES], { minLength: 1, maxLength: 4 }).chain((facts) =>
    fc.tuple(
      ...facts.map((fact) =>
        fc
          .subarray([...DECIDING_FACTS[fact]], { minLength: 1, maxLength: 2 })
          .chain((values) => fc.oneof(someList(values), someWord(values[0] ?? ''), someNot(values)))
          .map((value) => `${fact}: ${value}`),
      ),
    ),
  );
  return fc.oneof(
    fc
      .tuple(conditions, someSpace(), someSpace())
      .map(([written, first, between]) => `{${first}${written.join(`,${between}`)}${first}}`),
    conditions.map((written) => `\n${written.map((condition) => `      ${condition}`).join('\n')}`),
  );
}

function someNot(values: readonly string[]): fc.Arbitrary<string> {
  return fc.tuple(someList(values), someSpace()).map(([list, space]) => `{${space}not: ${list}${space}}`);
}

function someList(values: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.tuple(...values.map(someWord)), someSpace(), someSpace(), someSpace())
    .map(([words, first, between, last]) => `[${first}${words.join(`,${between}`)}${last}]`);
}

function someWord(word: string): fc.Arbitrary<string> {
  return fc.constantFrom(word, `'${word}'`, `"${word}"`);
}

/** White space and comments between the parts of a flow collection, indented enough for any place. */
function someSpace(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('', ' ', '   ') },
    { weight: 1, arbitrary: fc.constant('\n          ') },
    { weight: 1, arbitrary: someComment().map((comment) => ` ${comment}\n          `) },
  );
}

function someLineEnd(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constant('\n'),
    someComment().map((comment) => ` ${comment}\n`),
  );
}

function someBreaks(indent: number): fc.Arbitrary<string> {
  const line = fc.oneof(
    fc.constant('\n'),
    someComment().map((comment) => `${' '.repeat(indent)}${comment}\n`),
  );
  return fc.array(line, { maxLength: 2 }).map((lines) => lines.join(''));
}

function someComment(): fc.Arbitrary<string> {
  return someText().map((text) => `#${text}`);
}

function someWhy(): fc.Arbitrary<string> {
  return fc.oneof(
    someText().map((text) => `'x ${text.replaceAll("'", "''")}'`),
    someText().map((text) => JSON.stringify(`x ${text}`)),
    fc.constantFrom('plain words', 'words, [ in ] brackets', 'it is #no comment', 'word '.repeat(40).trim()),
    someText().map((text) => `>\n      folded [ ${text.trim()} x\n      twice`),
    someText().map((text) => `|\n      literal [ ${text.trim()} x\n        deeper ]`),
  );
}

function someText(): fc.Arbitrary<string> {
  return fc
    .array(
      fc.constantFrom(
        '[ a, b ]',
        '{ c }',
        '[',
        ' ]',
        '"',
        "'",
        '#',
        ' ',
        '  ',
        ':',
        ',',
        'größer',
        '𝒳',
        'word',
      ),
      {
        maxLength: 8,
      },
    )
    .map((parts) => parts.join(''));
}
