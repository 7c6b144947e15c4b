import { expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { identify } from '../../src/identity/identify.js';
import { possibleStates } from '../../src/policy/vocabulary.js';
import { scanOf } from '../../src/policy/witness.js';
import { toSavedScan } from '../../src/scan/saved-form.js';

test('the scan made up for a possible state is valid, and identification gives that state', () => {
  const schema = JSON.parse(readFileSync('schemas/facts.schema.json', 'utf8')) as object;
  const validate = new Ajv({ allowUnionTypes: true }).compile(schema);
  for (const state of possibleStates()) {
    const scan = scanOf(state);
    expect({ state, errors: validate(toSavedScan(scan)) ? null : validate.errors }).toEqual({
      state,
      errors: null,
    });
    expect(identify(scan)[0]?.facts).toMatchObject(state);
  }
});
