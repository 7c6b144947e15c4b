import schema from '../../schemas/policy.schema.json' with { type: 'json' };

/** A kind of YAML file that people write: its JSON Schema, what messages call it, and what they point to. */
export interface FileKind {
  readonly schema: object;
  readonly name: string;
  /** The page that shows its form. */
  readonly page: string;
  /** What words in it must look like. */
  readonly wellFormed: string;
}

export const POLICY: FileKind = {
  schema,
  name: 'the policy',
  page: 'docs/policy.md',
  wellFormed: 'ids have small letters, digits and `-`, reasons small letters, digits and `_`',
};
