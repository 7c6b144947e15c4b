import { existsSync, readFileSync } from 'node:fs';

/** Behaviour of an imitated daemon of either family that differs from the default. */
export interface Behaviour {
  readonly uid?: number;
  /** How long it takes to exit. An idle released daemon takes 0.1 s. */
  readonly exitSeconds?: number;
  /** How long it does not answer after its start; `Infinity` is a stuck daemon. */
  readonly silentSeconds?: number;
  /** Serves one connection at a time, as released daemons do. */
  readonly oneAtATime?: boolean;
  /** What it does while it is silent: it has an outbound connection to this port, or computes. */
  readonly busyWith?: `upload:${number}` | 'compute';
  readonly refusesShutdown?: boolean;
  readonly ignoresTerm?: boolean;
  /** A JSON merge patch over the health answer: null removes a key. */
  readonly healthPatch?: object;
}

export function behaviourVariables(options: Behaviour): Record<string, string> {
  const { exitSeconds, silentSeconds, oneAtATime, busyWith, refusesShutdown, ignoresTerm, healthPatch } =
    options;
  return {
    ...(exitSeconds === undefined ? {} : { FIXTURE_EXIT_SECONDS: String(exitSeconds) }),
    ...(silentSeconds === undefined ? {} : { FIXTURE_SILENT_SECONDS: String(silentSeconds) }),
    ...(oneAtATime ? { FIXTURE_ONE_AT_A_TIME: '1' } : {}),
    ...(busyWith === undefined ? {} : { FIXTURE_BUSY_WITH: busyWith }),
    ...(refusesShutdown ? { FIXTURE_REFUSES_SHUTDOWN: '1' } : {}),
    ...(ignoresTerm ? { FIXTURE_IGNORES_TERM: '1' } : {}),
    ...(healthPatch ? { FIXTURE_HEALTH_PATCH: JSON.stringify(healthPatch) } : {}),
  };
}

/** What an imitated daemon recorded about itself. */
export interface Journal {
  /** `GET /api/health HTTP/1.1` and the like. */
  readonly requests: readonly string[];
  /** The tokens of the shutdown requests; null for a request without a token. */
  readonly shutdownTokens: readonly (string | null)[];
  /** Why it began to exit: `shutdown` or `SIGTERM`. */
  readonly leaving: readonly string[];
}

export function readJournal(path: string): Journal {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const entries = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as [event: string, detail: string | null]);
  const of = (event: string): (string | null)[] =>
    entries.filter(([name]) => name === event).map(([, detail]) => detail);
  return {
    requests: of('request').map(String),
    shutdownTokens: of('shutdown_token'),
    leaving: of('leaving').map(String),
  };
}
