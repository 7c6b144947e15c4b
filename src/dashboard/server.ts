import type { DaemonService } from '../daemon/run.js';
import type { Machine, Observer } from '../machine/machine.js';
import type { LoopbackAnswer } from '../machine/server.js';
import { PACKAGE_VERSION } from '../model/product.js';
import type { DashboardView } from './view.js';
import { buildView } from './view.js';

/** Pages that ask at once, or one after the other within this time, are given the same look. */
const VIEW_IS_GOOD_FOR_MS = 2000;

/** What a dashboard does: it shows a page, and looks around while somebody looks at it. It changes nothing. */
export function dashboardService(machine: Machine, project: string): DaemonService {
  const files = pageFiles(machine.observer);
  const view = cached(machine.observer, () => buildView(machine, project), VIEW_IS_GOOD_FOR_MS);
  let lastAsked = machine.observer.clock.monotonicMs();
  return {
    allowedClients: 'own_pages',
    workScope: { queueDbPath: null, authScope: null, serverUrl: null },
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
      lastAsked = machine.observer.clock.monotonicMs();
      return file ? Promise.resolve(file) : view().then(answerWith);
    },
    idleMs: () => machine.observer.clock.monotonicMs() - lastAsked,
    wake: () => undefined,
    stop: () => Promise.resolve(),
  };
}

function answerWith(body: DashboardView): LoopbackAnswer {
  return { status: 200, body };
}

/** One look at a time, and none while the last one is fresh. */
function cached<T>(observer: Observer, look: () => Promise<T>, goodForMs: number): () => Promise<T> {
  let last: { readonly seen: Promise<T>; until: number } | null = null;
  return () => {
    if (last && observer.clock.monotonicMs() < last.until) return last.seen;
    const seen = look();
    const entry = { seen, until: Infinity };
    last = entry;
    void seen
      .finally(() => {
        entry.until = observer.clock.monotonicMs() + goodForMs;
      })
      .catch(() => undefined);
    return seen;
  };
}

/** The files of the page, by the path that they are asked for. Read once: an upgrade exchanges them all, or none. */
function pageFiles(observer: Observer): ReadonlyMap<string, LoopbackAnswer> {
  return new Map([
    ['/', fileAnswer(observer, 'index.html', 'text/html; charset=utf-8')],
    ['/page.css', fileAnswer(observer, 'page.css', 'text/css; charset=utf-8')],
    ['/page.js', fileAnswer(observer, 'page.js', 'text/javascript; charset=utf-8')],
  ]);
}

/** Nothing but its own two files and its own data; nothing may frame it, and it can send nothing anywhere. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

function fileAnswer(observer: Observer, name: string, type: string): LoopbackAnswer {
  return {
    status: 200,
    text: observer.files.readPackageFile(`dist/page/${name}`) ?? '',
    headers: {
      'Content-Type': type,
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Referrer-Policy': 'no-referrer',
      'X-Frame-Options': 'DENY',
    },
  };
}
