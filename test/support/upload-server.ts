import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { QueuedEvent } from './queue-files.js';

/** One received upload. */
export interface Upload {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The body before compression. */
  readonly body: string;
  readonly events: readonly QueuedEvent[];
}

export type Reply = (upload: Upload, response: ServerResponse) => unknown;

/** A server of the upload endpoint with configurable answers. It keeps the uploads that it receives. */
export class UploadServer {
  readonly uploads: Upload[] = [];
  reply: Reply = results(() => 'success');
  readonly #server = createServer((request, response) => void this.#take(request, response));

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get url(): string {
    const bound = this.#server.address();
    if (typeof bound !== 'object' || bound === null) throw new Error('not listening');
    return `http://127.0.0.1:${bound.port}`;
  }

  /** The event ids of each upload. */
  get batches(): readonly (readonly string[])[] {
    return this.uploads.map((upload) => upload.events.map(({ event_id: id }) => id));
  }

  /** Calls `act` at the next connection. */
  onConnection(act: () => void): void {
    this.#server.once('connection', act);
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return; // The client was killed while sending, so the upload did not arrive.
    }
    const body = gunzipSync(Buffer.concat(chunks)).toString('utf8');
    const upload = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body,
      events: (JSON.parse(body) as { events: readonly QueuedEvent[] }).events,
    };
    this.uploads.push(upload);
    await this.reply(upload, response);
  }
}

/** Answers 200 with a status for each event; an event with status null is left out. */
export function results(statusOf: (event: QueuedEvent, index: number) => string | null): Reply {
  return ({ events }, response) => {
    const list = events.flatMap((one, index) => {
      const status = statusOf(one, index);
      return status === null ? [] : [{ event_id: one.event_id, status }];
    });
    sendJson(response, 200, { results: list });
  };
}

export function status(
  code: number,
  body: object | string = {},
  headers: Record<string, string> = {},
): Reply {
  return (_upload, response) => {
    sendJson(response, code, body, headers);
  };
}

/** Answers 413 if the upload is too large. */
export function tooLarge(isTooLarge: (upload: Upload) => boolean, otherwise: Reply): Reply {
  return (upload, response) => {
    (isTooLarge(upload) ? status(413, { error: 'payload too large' }) : otherwise)(upload, response);
  };
}

/** Announces a Content-Length, sends only a part and closes the connection. */
export function diesInMidAnswer(text: string, length = text.length * 2): Reply {
  return (_upload, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': length });
    response.write(text, () => response.socket?.destroy());
  };
}

export function sendJson(
  response: ServerResponse,
  code: number,
  body: object | string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(code, { 'Content-Type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}
