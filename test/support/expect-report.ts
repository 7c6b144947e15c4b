import { expect } from '@jest/globals';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import type { Outcome } from './product.js';

/**
 * Holds what a command printed to a schema, and its stderr to silence.
 * @param schema the name of a file in `schemas/`
 */
export function reportsBy(schema: string): (outcome: Outcome) => unknown {
  const validate = new Ajv({ allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(`schemas/${schema}.schema.json`, 'utf8')) as object,
  );
  return (outcome) => {
    const report = outcome.json();
    expect({ errors: validate(report) ? null : validate.errors, stderr: outcome.stderr }).toEqual({
      errors: null,
      stderr: '',
    });
    return report;
  };
}
