import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';

/** A log as far as the tests read it. */
export interface SarifLog {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region: { readonly startLine: number; readonly startColumn: number };
        };
      }[];
    }[];
  }[];
}

/** The published schema of SARIF 2.1.0; test/recorded/README.md says where it comes from. */
export const SARIF_SCHEMA = JSON.parse(
  readFileSync('test/recorded/sarif-2.1.0-rtm.5.json', 'utf8'),
) as Record<string, unknown>;

const validate = new Ajv({
  strict: false,
  unicodeRegExp: false,
  formats: {
    'date-time': (text: string) => !Number.isNaN(Date.parse(text)),
    uri: (text: string) => URL.canParse(text),
    'uri-reference': (text: string) => !/[\s<>"{}|\\^`]/.test(text) && URL.canParse(text, 'file:///'),
  },
}).compile(
  // The schema is draft 4. Only these two keys mean something else in later drafts.
  Object.fromEntries(Object.entries(SARIF_SCHEMA).filter(([key]) => key !== '$schema' && key !== 'id')),
);

/** What makes a document invalid by the schema. Null if the document is valid. */
export function sarifErrors(document: unknown): unknown {
  return validate(document) ? null : validate.errors;
}
