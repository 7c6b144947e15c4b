import type { OwnerRecordFile } from '../../model/files.js';
import type { Tree } from '../../system/observe/tree.js';
import { parsePythonJson } from '../../system/observe/plain-json.js';
import { parseOwnerBlock } from '../health-body.js';

const LONGEST_OWNER_RECORD = 64 * 1024;

/** Reads the shared `owner.json`: display only (FR-003), so that trouble with it never gets in the way. */
export function readOwnerRecord(path: string, tree: Tree): OwnerRecordFile {
  const reading = tree.readFile(path, LONGEST_OWNER_RECORD);
  switch (reading.kind) {
    case 'absent':
      return reading;
    case 'unreadable':
      return reading;
    case 'too_big':
      return { kind: 'unreadable', why: `it is longer than ${reading.limit} bytes` };
    case 'read':
      return parseOwnerRecord(reading.text);
  }
}

function parseOwnerRecord(text: string): OwnerRecordFile {
  try {
    const owner = parseOwnerBlock(parsePythonJson(text));
    return owner ? { kind: 'read', owner } : { kind: 'unreadable', why: 'it is no JSON object' };
  } catch {
    return { kind: 'unreadable', why: 'it is not JSON' };
  }
}
