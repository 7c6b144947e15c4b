import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { errorCode } from '../model/system-error.js';
import { limitConnections } from './connection-limits.js';

/** A request that came in whole, within its bounds, from a program on this machine. */
export interface LoopbackRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Text; empty where there is none. */
  readonly body: string;
}

/** JSON, or a file of a page with the type and the rules that a browser is to apply to it. */
export type LoopbackAnswer =
  | { readonly status: number; readonly body: object }
  | { readonly status: number; readonly text: string; readonly headers: Readonly<Record<string, string>> };

/**
 * Who may call. `programs` only: no page of a browser is served, so none has a reason to ask, and an Origin is always
 * foreign. `own_pages`: a browser too, for what was opened by its user, and for what our own page asks.
 */
export type AllowedClients = 'programs' | 'own_pages';

export type Handle = (request: LoopbackRequest) => LoopbackAnswer | Promise<LoopbackAnswer>;

export type OpenedServer =
  | { readonly ok: true; readonly server: LoopbackServer }
  /** The name of the system's error; `EADDRINUSE` where the port is taken. */
  | { readonly ok: false; readonly code: string };

export interface LoopbackServer {
  /** Takes no more connections, and ends those that are open. */
  close(): void;
}

const ADDRESS = '127.0.0.1';
/** For the head, and for everything; no caller of ours needs more than some milliseconds. */
const HEAD_MS = 2000;
const REQUEST_MS = 3000;
const LONGEST_HEAD = 8 * 1024;
const LONGEST_BODY = 4 * 1024;
/**
 * Connections that the kernel keeps until they are accepted. Others can fill Node's 511 by ending up in it at once; in a
 * longer one than this, our own user's requests wait longer than those who sent them.
 */
const BACKLOG = 1024;

/**
 * Serves on loopback. What a foreign web page could send (pitfall 34), what is too long and what takes too long is
 * refused before `handle` sees it.
 */
export function serveLoopback(port: number, visitors: AllowedClients, handle: Handle): Promise<OpenedServer> {
  const server = createServer(
    {
      maxHeaderSize: LONGEST_HEAD,
      headersTimeout: HEAD_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: HEAD_MS,
      keepAlive: false,
    },
    (request, response) => {
      receive(request, response, isWelcome(request.headers, port, visitors) ? handle : null);
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

function receive(request: IncomingMessage, response: ServerResponse, handle: Handle | null): void {
  const { headers, method = '', url = '' } = request;
  const respond = (answer: LoopbackAnswer): void => {
    if (response.headersSent) return;
    const text = 'text' in answer ? answer.text : JSON.stringify(answer.body);
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
  // Somebody who leaves in mid-request is nobody's trouble.
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  request.on('end', () => {
    if (length > LONGEST_BODY) return;
    const body = Buffer.concat(chunks).toString('utf8');
    void answerTo({ method, path: url, headers, body }, handle).then(respond);
  });
}

async function answerTo(request: LoopbackRequest, handle: Handle): Promise<LoopbackAnswer> {
  try {
    return await handle(request);
  } catch {
    return FAILED;
  }
}

/** By the name that was asked for (a name of the attacker's may lead here), and by who the browser says is asking. */
function isWelcome(headers: IncomingMessage['headers'], port: number, visitors: AllowedClients): boolean {
  const { host, origin, 'sec-fetch-site': site } = headers;
  if (host === undefined || ![ADDRESS, 'localhost'].some((name) => host === `${name}:${port}`)) return false;
  if (visitors === 'programs') return origin === undefined && site === undefined;
  const isOwnOrigin = origin === undefined || origin === `http://${host}`;
  return isOwnOrigin && (site === undefined || site === 'same-origin' || site === 'none');
}

const FORBIDDEN: LoopbackAnswer = { status: 403, body: { error: 'forbidden_origin' } };
const FAILED: LoopbackAnswer = { status: 500, body: { error: 'internal' } };
const TOO_LARGE: LoopbackAnswer = { status: 413, body: { error: 'too_large' } };
const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  // For browsers that do not say which site asks.
  'Cross-Origin-Resource-Policy': 'same-origin',
  Connection: 'close',
};
