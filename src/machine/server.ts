import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { errorCode } from '../model/system-error.js';
import { limitConnections } from './connection-limits.js';
import { ownPeers } from './own-peers.js';
import type { Endpoint } from './linux/peer-owners.js';

/** A complete request of allowed size from an allowed client. */
export interface LoopbackRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Empty if the request has no body. */
  readonly body: string;
  /**
   * Whether the kernel's table shows that our own user opened the connection. False in doubt, and where there is no such
   * table. Read it before the answer: a closed connection belongs to nobody.
   */
  readonly isFromOwnUser: () => Promise<boolean>;
}

/** JSON, or text with its own headers (content type, content security policy) for the dashboard's page. */
export type LoopbackAnswer =
  | { readonly status: number; readonly body: object }
  | { readonly status: number; readonly text: string; readonly headers: Readonly<Record<string, string>> };

/**
 * Which clients may send requests. `programs` excludes browsers: a request with an `Origin` or `Sec-Fetch-Site` header
 * is refused. `own_pages` also allows a browser to open our page, and allows the requests of that page.
 */
export type AllowedClients = 'programs' | 'own_pages';

export type RequestHandler = (request: LoopbackRequest) => LoopbackAnswer | Promise<LoopbackAnswer>;

export type ServeResult =
  | { readonly ok: true; readonly server: LoopbackServer }
  /** The system's error code: `EADDRINUSE` when the port is taken. */
  | { readonly ok: false; readonly code: string };

export interface LoopbackServer {
  /** Stops listening and ends open connections. */
  close(): void;
}

const ADDRESS = '127.0.0.1';
/** Time limits for the head and for the whole request. Our own clients need a few milliseconds. */
const HEAD_MS = 2000;
const REQUEST_MS = 3000;
const LONGEST_HEAD = 8 * 1024;
const LONGEST_BODY = 4 * 1024;
/**
 * Length of the kernel's queue of connections to accept. Other users can fill Node's default of 511 at once. With a
 * much longer queue, requests of our own user would wait in it beyond their deadline.
 */
const BACKLOG = 1024;

/**
 * Serves HTTP on 127.0.0.1. Requests that a foreign web page could send (pitfall 34), and requests that are too long or
 * too slow, are refused and never reach `handle`.
 */
export function serveLoopback(
  port: number,
  allowedClients: AllowedClients,
  handle: RequestHandler,
): Promise<ServeResult> {
  const isOwn = ownPeers({ address: ADDRESS, port });
  const server = createServer(
    {
      maxHeaderSize: LONGEST_HEAD,
      headersTimeout: HEAD_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: HEAD_MS,
      keepAlive: false,
    },
    (request, response) => {
      receive(request, response, isAllowed(request.headers, port, allowedClients) ? handle : null, isOwn);
    },
  );
  server.maxRequestsPerSocket = 1;
  limitConnections(server, { address: ADDRESS, port });
  return new Promise((resolve) => {
    server.once('error', (error) => {
      resolve({ ok: false, code: errorCode(error) });
    });
    server.listen({ host: ADDRESS, port, exclusive: true, backlog: BACKLOG }, () => {
      resolve({
        ok: true,
        server: {
          close() {
            server.close();
            server.closeAllConnections();
          },
        },
      });
    });
  });
}

function receive(
  request: IncomingMessage,
  response: ServerResponse,
  handle: RequestHandler | null,
  isOwn: (peer: Endpoint) => Promise<boolean>,
): void {
  const { headers, method = '', url = '' } = request;
  const respond = (answer: LoopbackAnswer): void => {
    if (response.headersSent) return;
    const text = 'text' in answer ? answer.text : asciiJson(answer.body);
    const special = 'text' in answer ? answer.headers : { 'Content-Type': 'application/json' };
    const length = Buffer.byteLength(text);
    response.writeHead(answer.status, { ...HEADERS, ...special, 'Content-Length': length }).end(text);
  };
  if (!handle) {
    respond(FORBIDDEN);
    request.destroy();
    return;
  }
  const chunks: Buffer[] = [];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= LONGEST_BODY) chunks.push(chunk);
    else respond(TOO_LARGE);
  });
  // Errors are ignored, because a client may disconnect at any time.
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  request.on('end', () => {
    if (length > LONGEST_BODY) return;
    const body = Buffer.concat(chunks).toString('utf8');
    const { remoteAddress: peerAddress = '', remotePort: peerPort = 0 } = request.socket;
    const isFromOwnUser = (): Promise<boolean> => isOwn({ address: peerAddress, port: peerPort });
    void answerTo({ method, path: url, headers, body, isFromOwnUser }, handle).then(respond);
  });
}

/**
 * Writes JSON in ASCII, as released daemons do: a reader takes U+FFFD in an answer for bytes that are not UTF-8, but it
 * can be part of a path.
 */
function asciiJson(body: object): string {
  return JSON.stringify(body).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

async function answerTo(request: LoopbackRequest, handle: RequestHandler): Promise<LoopbackAnswer> {
  try {
    return await handle(request);
  } catch {
    return FAILED;
  }
}

/**
 * Whether a request comes from an allowed client. Checks the Host header (against DNS rebinding) and the headers in
 * which a browser names the requesting site.
 */
function isAllowed(
  headers: IncomingMessage['headers'],
  port: number,
  allowedClients: AllowedClients,
): boolean {
  const { host, origin, 'sec-fetch-site': site } = headers;
  if (host === undefined || ![ADDRESS, 'localhost'].some((name) => host === `${name}:${port}`)) return false;
  if (allowedClients === 'programs') return origin === undefined && site === undefined;
  const isOwnOrigin = origin === undefined || origin === `http://${host}`;
  return isOwnOrigin && (site === undefined || site === 'same-origin' || site === 'none');
}

const FORBIDDEN: LoopbackAnswer = { status: 403, body: { error: 'forbidden_origin' } };
const FAILED: LoopbackAnswer = { status: 500, body: { error: 'internal' } };
const TOO_LARGE: LoopbackAnswer = { status: 413, body: { error: 'too_large' } };
const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  // Keeps foreign pages from embedding answers in browsers that do not send `Sec-Fetch-Site`.
  'Cross-Origin-Resource-Policy': 'same-origin',
  Connection: 'close',
};
