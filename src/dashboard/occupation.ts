import type { Occupation } from '../lifecycle/live.js';
import type { DashboardView } from '../model/dashboard-report.js';
import { PACKAGE_VERSION } from '../model/version.js';
import type { LoopbackAnswer } from '../system/serve/loopback-server.js';
import { pageFiles } from './page-files.js';
import { viewOf } from './view.js';
import { monotonicMs } from '../system/observe/clock.js';

/** Pages that ask at once, or one after the other within this time, are given the same look. */
const VIEW_IS_GOOD_FOR_MS = 2000;

/** What a dashboard does: it shows a page, and looks around while somebody looks at it. It changes nothing. */
export function occupationOf(project: string): Occupation {
  const files = pageFiles();
  const view = remember(() => viewOf(project), VIEW_IS_GOOD_FOR_MS);
  let lastAsked = monotonicMs();
  return {
    visitors: 'own_pages',
    works: { queueDbPath: null, authScope: null, serverUrl: null },
    actions: {},
    health: () => ({
      status: 'ok',
      project_path: project,
      daemon_family: 'dashboard',
      package_version: PACKAGE_VERSION,
    }),
    answer({ method, path }) {
      if (method !== 'GET') return null;
      const file = files.get(path);
      if (!file && path !== '/api/view') return null;
      lastAsked = monotonicMs();
      return file ? Promise.resolve(file) : view().then(answerWith);
    },
    idleMs: () => monotonicMs() - lastAsked,
    wake: () => undefined,
    stop: () => Promise.resolve(),
  };
}

function answerWith(body: DashboardView): LoopbackAnswer {
  return { status: 200, body };
}

/** One look at a time, and none while the last one is fresh. */
function remember<T>(look: () => Promise<T>, goodForMs: number): () => Promise<T> {
  let last: { readonly seen: Promise<T>; until: number } | null = null;
  return () => {
    if (last && monotonicMs() < last.until) return last.seen;
    const seen = look();
    const entry = { seen, until: Infinity };
    last = entry;
    void seen
      .finally(() => {
        entry.until = monotonicMs() + goodForMs;
      })
      .catch(() => undefined);
    return seen;
  };
}
