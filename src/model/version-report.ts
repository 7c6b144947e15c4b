import type { FenceReading } from './outcome.js';

/** The document of `spec-kitty --version --json`, described by `schemas/version-report.schema.json`. */
export interface VersionReport {
  readonly schema_version: 1;
  readonly version: string;
  readonly node: string;
  /** As Node names it: `linux`, `darwin`, `win32`. */
  readonly platform: string;
  readonly architecture: string;
  /** How processes can be held here between the last look and a signal. */
  readonly fence: FenceReading;
  readonly policy: { readonly source: string; readonly sha256: string; readonly certified: boolean };
}
