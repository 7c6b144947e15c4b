import type { Engine } from 'json-rules-engine';
import manifest from 'json-rules-engine/package.json' with { type: 'json' };

/** The rule engine and the version it is of, as one part: together they are loaded faster than file by file. */
export const VERSION: string = manifest.version;

/** Runs its files. To read them took some milliseconds already, and this takes as long. */
export async function openEngine(): Promise<typeof Engine> {
  return (await import('json-rules-engine')).Engine;
}
