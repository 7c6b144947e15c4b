import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { errorCode } from '../observe/system-error.js';

/** A request that came in whole, within its bounds, from a program on this machine. */
export interface LoopbackRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Text; empty where there is none. */
  readonly body: string;
}

export interface LoopbackAnswer {
  readonly status: number;
  readonly body: object;
}

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
const MOST_CONNECTIONS = 64;

/**
 * Serves JSON on loopback. What a web page could send (a foreign Host, any Origin: pitfall 34), what is too long and
 * what takes too long is refused before `handle` sees it.
 */
export function serveLoopback(
  port: number,
  handle: (request: LoopbackRequest) => LoopbackAnswer,
): Promise<OpenedServer> {
  const server = createServer(
    {
      maxHeaderSize: LONGEST_HEAD,
      headersTimeout: HEAD_MS,
      requestTimeout: REQUEST_MS,
      connectionsCheckingInterval: HEAD_MS,
      keepAlive: false,
    },
    (request, response) => {
      receive(request, response, port, handle);
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.maxRequestsPerSocket = 1;
  return new Promise((resolve) => {
    server.once('error', (error) => {
      resolve({ ok: false, code: errorCode(error) });
    });
    server.listen({ host: ADDRESS, port, exclusive: true }, () => {
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
  port: number,
  handle: (request: LoopbackRequest) => LoopbackAnswer,
): void {
  const { headers, method = '', url = '' } = request;
  const respond = ({ status, body }: LoopbackAnswer): void => {
    if (response.headersSent) return;
    const text = JSON.stringify(body);
    const length = Buffer.byteLength(text);
    response.writeHead(status, { ...HEADERS, 'Content-Length': length }).end(text);
  };
  if (!isLocal(headers, port)) {
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
    respond(handle({ method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') }));
  });
}

/** No page of a browser is served from here, so none has a reason to ask: an Origin is always foreign. */
function isLocal(headers: IncomingMessage['headers'], port: number): boolean {
  const isOurHost = [ADDRESS, 'localhost'].some((host) => headers.host === `${host}:${port}`);
  return isOurHost && headers.origin === undefined && headers['sec-fetch-site'] === undefined;
}

const FORBIDDEN: LoopbackAnswer = { status: 403, body: { error: 'forbidden_origin' } };
const TOO_LARGE: LoopbackAnswer = { status: 413, body: { error: 'too_large' } };
const HEADERS = {
  'Content-Type': 'application/json',
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  Connection: 'close',
};
