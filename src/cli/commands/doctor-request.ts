import type { ResetClass } from '../../action/plan.js';
import type { CollectorName } from '../../model/evidence.js';
import type { Reset } from '../../pipeline/reset.js';
import type { Examination } from '../../pipeline/examine.js';
import type { ReportFormat } from '../../report/formats/names.js';
import type { Failure } from '../failure.js';
import type { ExplainTarget } from './explain-target.js';

export interface AuthDoctorOptions {
  readonly format: ReportFormat;
  /** Where the report goes instead of to stdout. */
  readonly out?: string;
  /** `true` explains every candidate. */
  readonly explain?: true | ExplainTarget;
  readonly reset?: true;
  readonly only?: ResetClass;
  readonly dryRun?: true;
  readonly policy?: string;
  readonly saveFacts?: string;
  readonly facts?: string;
  readonly collector: CollectorName;
}

/** What came of it: what was found, and what a reset did. */
export type Done =
  | { readonly ok: true; readonly examination: Examination; readonly reset?: Reset }
  | (Failure & { readonly ok: false });
