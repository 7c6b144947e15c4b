import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../observe/system-error.js';

/** Makes the folder that a file is to stand in, for our user only. @returns why it could not be made, or null. */
export function makePrivateFolder(file: string): string | null {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    return null;
  } catch (error) {
    return errorCode(error);
  }
}
