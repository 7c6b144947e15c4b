import { expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { identify } from '../../src/identity/identify.js';
import { possibleStates } from '../../src/policy/vocabulary.js';
import { factsOf } from '../../src/policy/prove.js';
import { toSavedScan } from '../../src/scan/saved-scan.js';

test('every possible state has facts that are judged to be in it', () => {
  const schema = JSON.parse(readFileSync('schemas/facts.schema.json', 'utf8')) as object;
  const validate = new Ajv({ allowUnionTypes: true }).compile(schema);
  for (const state of possibleStates()) {
    const facts = factsOf(state);
    expect({ state, errors: validate(toSavedScan(facts)) ? null : validate.errors }).toEqual({
      state,
      errors: null,
    });
    expect(identify(facts)[0]?.facts).toMatchObject(state);
  }
});
