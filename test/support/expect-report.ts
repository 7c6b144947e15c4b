import { expect } from '@jest/globals';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import type { RunResult } from './product.js';

/**
 * Makes a function that parses a command's report, validates it against a schema and expects an empty stderr.
 * @param schema the name of a file in `schemas/`
 */
export function reportReader(schema: string): (outcome: RunResult) => unknown {
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
