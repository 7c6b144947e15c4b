import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { HttpAnswer } from '../../src/machine/http-answer.js';
import { sendRequest, type HttpRequest } from '../../src/machine/http.js';
import { python } from '../support/requirements.js';

/** Far longer than any answer, so that a test which waits for the deadline fails. */
const DEADLINE_MS = 20_000;

let server: Server;
let connections: Socket[];
let request: string;
/** What the listener does after it has received a whole request. */
let answer: (socket: Socket) => void;

async function listen(address: string): Promise<Server> {
  const listening = createServer((socket) => {
    connections.push(socket);
    socket.on('error', () => undefined).setEncoding('latin1');
    socket.on('data', (piece: string) => {
      request += piece;
      if (request.endsWith('\r\n\r\n') || request.endsWith('}')) answer(socket);
    });
  }).listen(0, address);
  await once(listening, 'listening');
  return listening;
}

beforeEach(async () => {
  connections = [];
  request = '';
  server = await listen('127.0.0.1');
});

afterEach(async () => {
  for (const socket of connections) socket.destroy();
  server.close();
  await once(server, 'close');
});

const ask = (question: Partial<HttpRequest> = {}): Promise<HttpAnswer> =>
  sendRequest({
    address: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    uid: process.geteuid?.() ?? null,
    method: 'GET',
    path: '/api/health',
    headers: { Accept: 'application/json' },
    body: '',
    deadlineMs: DEADLINE_MS,
    ...question,
  });

const says =
  (text: string) =>
  (socket: Socket): void => {
    socket.end(text);
  };

const saysAndStays =
  (text: string) =>
  (socket: Socket): void => {
    socket.write(text);
  };

const OK = 'HTTP/1.0 200 OK\r\nServer: x\r\n\r\n';
const UNSUPPORTED_FORM = invalid('answered with HTTP headers that no daemon sends');
const INCOMPLETE = 'closed the connection before the answer was complete';
const SIZED = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n';

test('a GET is HTTP/1.0 and contains only the given headers', async () => {
  answer = says(OK);
  await ask();
  const { port } = server.address() as AddressInfo;
  expect(request).toBe(
    `GET /api/health HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\nAccept: application/json\r\n\r\n`,
  );
});

test('a POST has the length of its body in bytes', async () => {
  answer = says(OK);
  await ask({ method: 'POST', path: '/api/shutdown', headers: {}, body: '{"token":"ü"}' });
  expect(request).toMatch(/^POST \/api\/shutdown HTTP\/1\.0\r\nHost: .+\r\nContent-Length: 14\r\n\r\n\{/);
});

test('the Host header has an IPv6 address in brackets', async () => {
  const before = server;
  server = await listen('::1');
  before.close();
  answer = says(`${OK}six`);
  expect(await ask({ address: '::1' })).toMatchObject({ body: 'six' });
  expect(request).toContain('\r\nHost: [::1]:');
});

describe('an answer', () => {
  test.each<[string, (socket: Socket) => void, HttpAnswer]>([
    ['that ends with the connection', says(`${OK}hello`), whole('hello')],
    ['with a Content-Length, while the connection stays open', saysAndStays(`${SIZED}hello`), whole('hello')],
    ['with more bytes than its Content-Length', saysAndStays(`${SIZED}hello, you`), whole('hello')],
    ['with an empty body', says(OK), whole('')],
    ['in HTTP/1.1', says('HTTP/1.1 200\r\n\r\nhello'), whole('hello')],
    [
      'that redirects (pitfall 32)',
      says('HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n'),
      status(302),
    ],
    ['with status 500 and an endless body', saysAndStays('HTTP/1.0 500 Oh\r\n\r\nno end'), status(500)],
    ['cut off in its head', says('HTTP/1.0 200 OK\r\nServer'), silent(INCOMPLETE)],
    ['cut off in its body', says(`${SIZED}hell`), silent(INCOMPLETE)],
    ['reset in its body', resets(`${SIZED}hell`), silent(INCOMPLETE)],
    ['of no bytes', says(''), silent('closed the connection without an answer')],
    ['of another protocol', saysAndStays('SSH-2.0-OpenSSH_9.2\r\n'), notHttp()],
    ['in HTTP/2', says('HTTP/2 200\r\n\r\n'), notHttp()],
    ['with a status that is not a number', says('HTTP/1.0 OK\r\n\r\n'), notHttp()],
    [
      'in chunks',
      says('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'),
      UNSUPPORTED_FORM,
    ],
    [
      'with two Content-Lengths',
      says(`HTTP/1.0 200 OK\r\n${length(5)}${length(4)}\r\nhello`),
      UNSUPPORTED_FORM,
    ],
    ['with a negative Content-Length', says(`HTTP/1.0 200 OK\r\n${length(-1)}\r\nhello`), UNSUPPORTED_FORM],
    [
      'with a Content-Length of a terabyte',
      saysAndStays(`HTTP/1.0 200 OK\r\n${length(1e12)}\r\n`),
      UNSUPPORTED_FORM,
    ],
    ['with an empty Content-Length', says(`HTTP/1.0 200 OK\r\n${length('')}\r\nhello`), UNSUPPORTED_FORM],
    ['with a continued header line', says(`HTTP/1.0 200 OK\r\nA: a\r\n b\r\n\r\n`), notHttp()],
    ['with CR as a line end', says(`HTTP/1.0 200 OK\r\nA: a\r${length(3)}\r\nhello`), notHttp()],
    ['with LF line ends', saysAndStays('HTTP/1.0 200 OK\nA: a\n\nhello'), notHttp()],
    ['with a NUL in its head', says('HTTP/1.0 200 OK\r\nA: \0\r\n\r\nhello'), notHttp()],
    ['with status 100 before the real one', saysAndStays('HTTP/1.1 100 Continue\r\n\r\n' + OK), status(100)],
    [
      'with an endless head',
      saysAndStays(`HTTP/1.0 200 OK\r\nPadding: ${'x'.repeat(8192)}`),
      invalid('answered with HTTP headers of more than 8192 bytes'),
    ],
    [
      'with an endless body',
      saysAndStays(OK + 'x'.repeat(65_537)),
      invalid('answered with more than 65536 bytes'),
    ],
  ])('%s', async (_what, act, expected) => {
    answer = act;
    expect(await ask()).toEqual(expected);
  });

  test('received byte by byte is the same, also with a character of two bytes', async () => {
    answer = (socket) => {
      const bytes = [...Buffer.from(`${OK}für`)];
      const next = (): void => {
        const [byte] = bytes.splice(0, 1);
        if (byte === undefined) socket.end();
        else socket.write(Buffer.from([byte]), () => setImmediate(next));
      };
      next();
    };
    expect(await ask()).toEqual(whole('für'));
  });

  test('incomplete at the deadline counts as no answer', async () => {
    answer = saysAndStays(`${SIZED}hell`);
    expect(await ask({ deadlineMs: 50 })).toEqual(silent('no complete answer within 50 ms'));
    expect(connections).toHaveLength(1);
  });

  test('to a POST is its status; the body is not waited for', async () => {
    answer = saysAndStays(SIZED);
    expect(await ask({ method: 'POST', body: '{}' })).toEqual(whole(''));
  });
});

test('a port without a listener is silent', async () => {
  const spare = await listen('127.0.0.1');
  const { port } = spare.address() as AddressInfo;
  spare.close();
  await once(spare, 'close');
  expect(await ask({ port })).toEqual(silent('no answer (ECONNREFUSED)', false));
});

/** Listens, fills its own accept queue and accepts nothing. The kernel then drops further connection attempts. */
const ACCEPTS_NOTHING = `
import socket, time
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(0)
fills = socket.create_connection(listener.getsockname())
print(listener.getsockname()[1], flush=True)
time.sleep(60)
`;

describe('a POST may have been sent', () => {
  const post = { method: 'POST', path: '/api/shutdown', body: '{}' } as const;

  test('no, if there was no connection by the deadline', async () => {
    const listener = spawn(python, ['-c', ACCEPTS_NOTHING]);
    try {
      const [line] = (await once(listener.stdout, 'data')) as [Buffer];
      expect(await ask({ ...post, port: Number(line), deadlineMs: 300 })).toEqual(
        silent('no complete answer within 300 ms', false),
      );
    } finally {
      listener.kill('SIGKILL');
      await once(listener, 'exit');
    }
  });

  test('yes, if the listener resets the connection without an answer', async () => {
    answer = (socket) => socket.resetAndDestroy();
    expect(await ask(post)).toEqual(silent('no answer (ECONNRESET)', true));
  });
});

test('ignores a proxy of the environment (pitfall 32)', async () => {
  process.env['http_proxy'] = 'http://127.0.0.1:1';
  try {
    answer = says(`${OK}direct`);
    expect(await ask()).toEqual(whole('direct'));
  } finally {
    delete process.env['http_proxy'];
  }
});

function resets(text: string): (socket: Socket) => void {
  return (socket) => {
    socket.write(text, () => {
      // Wait until the client has read the text: a reset discards data that is still on its way.
      setTimeout(() => socket.resetAndDestroy(), 50);
    });
  };
}

function whole(body: string): HttpAnswer {
  return { kind: 'answered', status: 200, body };
}

function status(code: number): HttpAnswer {
  return { kind: 'answered', status: code, body: '' };
}

function length(bytes: number | string): string {
  return `Content-Length: ${bytes}\r\n`;
}

function silent(why: string, mayHaveBeenSent = true): HttpAnswer {
  return { kind: 'silent', why, mayHaveBeenSent };
}

function invalid(why: string): HttpAnswer {
  return { kind: 'invalid', why };
}

function notHttp(): HttpAnswer {
  return invalid('answered with something that is not HTTP');
}
