import { Ajv } from 'ajv';
import schema from '../../schemas/facts.schema.json' with { type: 'json' };
import { type Facts, type Reading, read, unread } from '../model/evidence.js';
import { ourTree } from '../system/observe/tree.js';

/** Fifty listeners with everything about them have some 200 kB. */
const LONGEST_FACTS = 16 * 1024 * 1024;

/** Reads facts that were saved elsewhere. They are judged as if they had been gathered here, and never acted on. */
export function readSavedFacts(path: string): Reading<Facts> {
  const file = ourTree.readFile(path, LONGEST_FACTS);
  switch (file.kind) {
    case 'absent':
      return unread('there is no such file');
    case 'unreadable':
      return unread(file.why);
    case 'too_big':
      return unread(`it is longer than ${file.limit} bytes`);
    case 'read':
      return parseFacts(file.text);
  }
}

function parseFacts(text: string): Reading<Facts> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return unread('it is not JSON');
  }
  const validate = new Ajv({ allowUnionTypes: true }).compile<Facts>(schema);
  if (validate(document)) {
    return document.family === 'sync'
      ? read(document)
      : unread('they are of dashboards, not of sync daemons');
  }
  const [error] = validate.errors ?? [];
  return unread(`at \`${error?.instancePath ?? ''}\`: ${error?.message ?? 'it does not fit the schema'}`);
}
