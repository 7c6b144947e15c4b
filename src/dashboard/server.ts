import type { DaemonService } from '../daemon/run.js';
import type { Machine, Observer } from '../machine/machine.js';
import type { LoopbackAnswer } from '../machine/server.js';
import { PACKAGE_VERSION } from '../model/product.js';
import { buildView, publicView } from './build-view.js';
import type { DashboardView } from './view.js';

/** How long a view is reused after its scan, in milliseconds. */
const VIEW_MAX_AGE_MS = 2000;

/**
 * Creates the service of a dashboard: a page and its data. A request for the data triggers a scan, unless the last view
 * is recent. Reads only.
 */
export function dashboardService(machine: Machine, project: string): DaemonService {
  const files = pageFiles(machine.observer);
  const view = cached(machine.observer, () => buildView(machine, project), VIEW_MAX_AGE_MS);
  let lastRequestAt = machine.observer.clock.monotonicMs();
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
    answer({ method, path, isFromOwnUser }) {
      if (method !== 'GET') return null;
      const file = files.get(path);
      if (!file && path !== '/api/view') return null;
      lastRequestAt = machine.observer.clock.monotonicMs();
      return file ? Promise.resolve(file) : view().then((whole) => viewAnswer(whole, isFromOwnUser));
    },
    idleMs: () => machine.observer.clock.monotonicMs() - lastRequestAt,
    wake: () => undefined,
    stop: () => Promise.resolve(),
  };
}

/** Other users of the machine get the public part, as before; what is private needs a proof that our user asks. */
async function viewAnswer(
  view: DashboardView,
  isFromOwnUser: () => Promise<boolean>,
): Promise<LoopbackAnswer> {
  return { status: 200, body: (await isFromOwnUser()) ? view : publicView(view) };
}

/** Caches the result of `load` for `maxAgeMs` after it is complete. Calls during a load share its result. */
function cached<T>(observer: Observer, load: () => Promise<T>, maxAgeMs: number): () => Promise<T> {
  let last: { readonly value: Promise<T>; validUntil: number } | null = null;
  return () => {
    if (last && observer.clock.monotonicMs() < last.validUntil) return last.value;
    const value = load();
    const entry = { value, validUntil: Infinity };
    last = entry;
    void value
      .finally(() => {
        entry.validUntil = observer.clock.monotonicMs() + maxAgeMs;
      })
      .catch(() => undefined);
    return value;
  };
}

/** Reads the files of the page, by URL path. Called once at startup, so that an upgrade cannot mix two versions. */
function pageFiles(observer: Observer): ReadonlyMap<string, LoopbackAnswer> {
  return new Map([
    ['/', fileAnswer(observer, 'index.html', 'text/html; charset=utf-8')],
    ['/page.css', fileAnswer(observer, 'page.css', 'text/css; charset=utf-8')],
    ['/page.js', fileAnswer(observer, 'page.js', 'text/javascript; charset=utf-8')],
  ]);
}

/** The page may load only its own files and data. It cannot be framed, and it cannot send data to other hosts. */
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
