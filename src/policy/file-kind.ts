import schema from '../../schemas/policy.schema.json' with { type: 'json' };

/** A kind of YAML file that people write: its JSON Schema, what messages call it, and the page that shows its form. */
export interface FileKind {
  readonly schema: object;
  readonly name: string;
  readonly page: string;
}

export const POLICY: FileKind = { schema, name: 'the policy', page: 'docs/policy.md' };
