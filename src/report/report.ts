import type { IdentitySource } from '../model/candidate.js';
import type { Capabilities } from '../model/capabilities.js';
import type { Family } from '../model/family.js';
import type { RecentAct } from '../model/journal.js';
import type { FailedEntry, HandleSupport, SkippedEntry, SweptEntry } from '../model/outcome.js';
import type { PolicyFacts } from '../model/policy-facts.js';
import type { CollectorName } from '../model/scan.js';
import type { CleanupClass, Explanation } from '../model/verdict.js';

/**
 * The document of `auth doctor --json`, described by `schemas/doctor-report.schema.json`. Every other format is a view
 * of this document. It contains no secret. Text that another process wrote is unchanged: escape that text before
 * printing.
 */
export interface DoctorReport {
  readonly schema_version: 1;
  readonly generated_at: string;
  readonly scope: ReportScope;
  readonly policy: ReportPolicy;
  readonly daemon: ReportDaemon | null;
  readonly summary: ReportSummary;
  readonly candidates: readonly ReportCandidate[];
  readonly findings: readonly Finding[];
  /** The last actions on daemons of this root before this command, newest first. */
  readonly recent: readonly RecentAct[];
  readonly plan?: readonly PlanEntry[];
  readonly swept?: readonly SweptEntry[];
  readonly skipped?: readonly SkippedEntry[];
  readonly failed?: readonly FailedEntry[];
  /** With `--reset`: one scan made after it. The other fields are what was judged and done. */
  readonly after?: ReportAfter;
}

/** The state after a reset, of one moment. */
export interface ReportAfter {
  /** Why the listeners could not be scanned, or null if they were scanned. */
  readonly could_not_look: string | null;
  readonly daemon: ReportDaemon | null;
  /** The listeners on the sync ports. Those of other users, and of other programs, are not identified. */
  readonly listeners: readonly {
    readonly pid: number | null;
    readonly port: number;
    readonly package_version: string | null;
  }[];
}

/** How many there are of what the lists below contain. */
export interface ReportSummary {
  readonly listeners: number;
  readonly safe_auto: number;
  readonly operator_required: number;
  readonly never_touch: number;
  /** Findings that make the exit code 1. */
  readonly attention: number;
  /** Entries of the lists of a reset; absent without one. */
  readonly swept?: number;
  readonly skipped?: number;
  readonly failed?: number;
}

interface ReportPolicy {
  /** `shipped`, or the path that was given. */
  readonly source: string;
  /** @pattern ^[0-9a-f]{64}$ */
  readonly sha256: string;
}

interface ReportScope {
  readonly root: string;
  /** Whether the root exists, after a reset; null if that could not be read. */
  readonly root_exists: boolean | null;
  readonly user: string;
  readonly uid: number;
  readonly ports: { readonly first: number; readonly end: number };
  /** The collector that scanned. Only what procfs or libproc read is exact, and a reset acts on nothing else. */
  readonly collector: CollectorName;
  /**
   * Whether a signal can reach exactly the process that was checked (by its pidfd or audit token); null if there is
   * nothing to signal.
   */
  readonly fence: HandleSupport | null;
  /** Why the listeners could not be scanned, so that `candidates` is empty; null if they were scanned. */
  readonly could_not_look: string | null;
  /** What the platform and the collector attest, one by one, less what `fence` found missing. */
  readonly capabilities: Capabilities;
}

/** The daemon that the state file of this root names, whether the daemon runs or not. */
export interface ReportDaemon {
  readonly port: number | null;
  readonly pid: number | null;
  readonly package_version: string | null;
  /** `elsewhere`: the state file was written on another machine, or in another network namespace. */
  readonly state: 'healthy' | 'unresponsive' | 'not_listening' | 'elsewhere' | 'unknown';
}

/**
 * A listener: the identity record of FR-001 under its exact field names, the verdict, and what explains the verdict.
 */
export interface ReportCandidate {
  readonly daemon_family: Family | null;
  readonly pid: number | null;
  /**
   * @minimum 9237
   * @maximum 9449
   */
  readonly port: number;
  readonly address: string;
  readonly protocol_version: number | null;
  readonly package_version: string | null;
  readonly singleton_scope_id: string | null;
  readonly daemon_root: string | null;
  readonly queue_db_path: string | null;
  readonly auth_scope: string | null;
  readonly server_url: string | null;
  readonly owner_present: boolean | null;
  readonly owner_record: PolicyFacts['owner_record'];
  readonly identity_source: IdentitySource;
  readonly executable_summary: string | null;
  /**
   * The program of a third-party listener, as `node server.js`: base names of the executable and of an interpreter's
   * script, and no other argument. Null for a daemon, and if it could not be read.
   */
  readonly program: string | null;
  readonly spawn_shape: PolicyFacts['spawn_shape'];
  readonly cleanup_class: CleanupClass;
  readonly skip_reason: string | null;
  readonly live_in_root: string | null;
  readonly cost: ReportCost;
  readonly evidence: readonly ReportEvidence[];
  readonly remediation: Remediation | null;
  readonly explanation?: Explanation;
}

interface ReportCost {
  readonly uid: number | null;
  readonly resident_bytes: number | null;
  readonly cpu_seconds: number | null;
  readonly started_at: string | null;
}

interface ReportEvidence {
  readonly fact: string;
  readonly value: string;
  readonly because: string;
  readonly source: string;
  /** False if the value comes from a tool's output, in which arguments cannot be told apart. */
  readonly exact: boolean;
}

/** The one step that helps in the situation that it is printed for. */
export interface Remediation {
  /** Null if no single command on this machine does the step: then `effect` says what to do, and where. */
  readonly command: string | null;
  readonly effect: string;
}

export interface Finding {
  readonly id: string;
  /** `attention` makes the exit code 1. */
  readonly severity: 'attention' | 'info';
  readonly summary: string;
  readonly remediation: Remediation | null;
}

export interface PlanEntry {
  readonly pid: number | null;
  /**
   * @minimum 9237
   * @maximum 9449
   */
  readonly port: number;
  readonly action: 'retire' | 'skip' | 'refuse';
  readonly reason: string | null;
  readonly cleanup_class: CleanupClass;
}

/** The document that `--json` prints if the job could not be done. */
export interface ErrorReport {
  readonly schema_version: 1;
  readonly error: { readonly message: string; readonly next_step: string };
}

/** The formats of a doctor report. */
export const REPORT_FORMATS = ['text', 'json', 'openmetrics'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];
