import type { OwnerBlock } from './files.js';

/** What came back from `GET /api/health`. A reply can agree or disagree; it never names a process. */
export type HealthAnswer =
  /** `shortOf`: what we ran out of ourselves, by the name of the error; it says nothing of the listener. */
  | { readonly kind: 'not_asked'; readonly why: string; readonly shortOf?: string }
  /** No complete answer before the deadline, or no connection. */
  | { readonly kind: 'silent'; readonly why: string }
  /** Something answered, and not with a health document. */
  | { readonly kind: 'foreign'; readonly why: string }
  | { readonly kind: 'answered'; readonly body: HealthBody };

/** The fields of a health document that anyone reads, as they came. Absent, or not of a plain type, is null. */
export interface HealthBody {
  readonly status: string | null;
  readonly token: string | null;
  readonly protocolVersion: number | null;
  readonly packageVersion: string | null;
  readonly daemonFamily: string | null;
  readonly singletonScopeId: string | null;
  /** The fingerprint of a dashboard: present with any value at all. */
  readonly hasProjectPath: boolean;
  readonly projectPath: string | null;
  readonly sync: { readonly running: boolean | null } | null;
  readonly owner: OwnerBlock | null;
  /** Answer of one of our own daemons to the challenge sent with the question. */
  readonly proof: string | null;
}

/** Header that carries the nonce a daemon of ours proves itself with; others do not know it and ignore it. */
export const CHALLENGE_HEADER = 'X-Spec-Kitty-Challenge';

/** What a daemon of ours answers: the fields that released ones use, and no token. */
export interface HealthDocument {
  readonly status: 'ok';
  readonly protocol_version: number;
  readonly package_version: string;
  readonly daemon_family: 'sync';
  readonly singleton_scope_id: string;
  /** Unlike in released daemons, `running` is true exactly while a batch of events is in flight. */
  readonly sync: {
    readonly running: boolean;
    readonly last_sync: string | null;
    readonly consecutive_failures: number;
  };
  /** Null where no challenge came with the question. */
  readonly proof: string | null;
}
