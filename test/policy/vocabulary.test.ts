import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import {
  DECIDING_FACT_NAMES,
  DECIDING_FACTS,
  FACT_NAMES,
  LATER_VALUES,
  VOCABULARY,
} from '../../src/model/policy-facts.js';
import { CLEANUP_CLASSES } from '../../src/model/verdict.js';
import { SHIPPED_TEXT, shippedPolicy } from '../builders/policy.js';

/** The parts of the schema that repeat the vocabulary. */
interface Enum {
  readonly enum: readonly string[];
}
interface PolicySchema {
  readonly properties: {
    readonly facts: {
      readonly required: readonly string[];
      readonly properties: Readonly<Record<string, { readonly items: Enum; readonly minItems: number }>>;
    };
    readonly rules: {
      readonly items: {
        readonly properties: { readonly then: { readonly properties: { readonly class: Enum } } };
      };
    };
    readonly invariants: { readonly items: { readonly properties: { readonly independent: Enum } } };
  };
  readonly definitions: {
    readonly when: {
      readonly properties: Readonly<
        Record<
          string,
          {
            readonly anyOf: readonly [
              Enum,
              { readonly items: Enum },
              {
                readonly properties: {
                  readonly not: { readonly anyOf: readonly [Enum, { readonly items: Enum }] };
                };
              },
            ];
          }
        >
      >;
    };
  };
}

const { properties, definitions } = JSON.parse(
  readFileSync('schemas/policy.schema.json', 'utf8'),
) as PolicySchema;
const page = readFileSync('docs/policy.md', 'utf8');

describe('the vocabulary is the same in the four places that state it', () => {
  test('the shipped policy lists the vocabulary of the code, in the same order', () => {
    const { facts } = parse(SHIPPED_TEXT) as { readonly facts: unknown };
    expect(facts).toEqual(DECIDING_FACTS);
  });

  test('the schema has every deciding fact, with all of its values and no other', () => {
    expect(properties.facts.required).toEqual(DECIDING_FACT_NAMES);
    expect(Object.keys(properties.facts.properties)).toEqual(DECIDING_FACT_NAMES);
    expect(Object.keys(definitions.when.properties)).toEqual(DECIDING_FACT_NAMES);
    for (const fact of DECIDING_FACT_NAMES) {
      const values = DECIDING_FACTS[fact];
      expect(properties.facts.properties[fact]).toMatchObject({
        items: { enum: values },
        minItems: values.filter((value) => !LATER_VALUES.some((later) => later.value === value)).length,
      });
      const [word, list, negation] = definitions.when.properties[fact]?.anyOf ?? [];
      const [notWord, notList] = negation?.properties.not.anyOf ?? [];
      expect([word?.enum, list?.items.enum, notWord?.enum, notList?.items.enum]).toEqual(
        Array(4).fill(values),
      );
    }
  });

  test('the schema has every class, and every fact that an invariant may name', () => {
    expect(properties.rules.items.properties.then.properties.class.enum).toEqual(CLEANUP_CLASSES);
    expect(properties.invariants.items.properties.independent.enum).toEqual(FACT_NAMES);
  });

  test('docs/policy.md explains every value of every fact, and no other', () => {
    const explained = [...page.matchAll(/^\| `([a-z_]+)` \| `([a-z_]+)` \|/gm)].map(
      ([, fact, value]) => `${fact ?? ''}: ${value ?? ''}`,
    );
    expect(explained).toEqual(
      FACT_NAMES.flatMap((fact) => VOCABULARY[fact].map((value) => `${fact}: ${value}`)),
    );
  });
});

test('docs/policy.md has every skip_reason that a verdict can give, with its class', () => {
  const listed = [...page.matchAll(/^\| `([a-z_]+)` \| (never_touch|operator_required) \|/gm)].map(
    ([, reason, of]) => `${reason ?? ''} ${of ?? ''}`,
  );
  const { rules, fallback } = shippedPolicy();
  const given = [...rules, fallback].flatMap(({ reason, cleanupClass }) =>
    reason === null ? [] : [`${reason} ${cleanupClass}`],
  );
  const refusals = ['invalid_facts', 'evaluators_disagree', 'evaluation_failed', 'engine_version'];
  expect(listed).toEqual([...given, ...refusals.map((reason) => `${reason} never_touch`)]);
});
