/** What the files under a runtime root say (observed-daemons: "Files under the runtime root"). */

/** The state file names the recorded singleton of its root. */
export type StateFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'malformed'; readonly why: string }
  | RecordedSingleton;

export interface RecordedSingleton {
  readonly kind: 'read';
  readonly access: Access;
  readonly port: number;
  /** Third line: the token of a Python daemon, or the opaque id of one of ours. A secret. Null when not written. */
  readonly key: string | null;
  readonly pid: number | null;
}

/** Who may change a file, or exchange what is in a folder. */
export interface Access {
  /** User id. */
  readonly owner: number;
  /** Group id. */
  readonly group: number;
  /** Permission bits, as `chmod` has them. */
  readonly mode: number;
}

/** The shared `owner.json`: display only (FR-003). */
export type OwnerRecordFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'read'; readonly owner: OwnerBlock };

/** Whose queue a daemon drains, and to where. Null where that is not known, or there is none. */
export interface WorkScope {
  readonly queueDbPath: string | null;
  /** The account: `server|user|team`. */
  readonly authScope: string | null;
  readonly serverUrl: string | null;
}

/** What an owner record or the `owner` block of a health answer says. Fields that are no string or number are null. */
export interface OwnerBlock extends WorkScope {
  readonly pid: number | null;
  readonly port: number | null;
  readonly packageVersion: string | null;
}

/** One identity record of ours (design: contract "record"), or why the file could not be taken for one. */
export type RecordFile =
  | { readonly kind: 'unusable'; readonly file: string; readonly why: string }
  | { readonly kind: 'read'; readonly file: string; readonly record: IdentityRecordFile };

/** What a daemon of ours writes down about itself, without its secret. */
export interface IdentityRecord extends WorkScope {
  readonly id: string;
  readonly pid: number;
  readonly startTicks: number;
  readonly bootId: string | null;
  readonly machineId: string | null;
  readonly networkNamespace: string | null;
  readonly address: string;
  readonly port: number;
  readonly root: string;
  readonly packageVersion: string;
}

/** An identity record as evidence: the secret stays behind, only the proof it leads to is kept. */
export interface IdentityRecordFile extends IdentityRecord {
  /** What the daemon of this record must answer to the challenge of this scan. */
  readonly expectedProof: string;
}
