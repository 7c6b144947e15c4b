import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { HttpAnswer } from '../../src/machine/http-answer.js';
import { sendRequest, type HttpRequest } from '../../src/machine/http.js';
import { python } from '../support/machine.js';

/** Long enough that an answer that waited for it is told from one that did not. */
const DEADLINE_MS = 20_000;

let server: Server;
let connections: Socket[];
let request: string;
/** What the listener does once it has the whole head of a request. */
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

test('a question is HTTP/1.0, with nothing in it but what it was given', async () => {
  answer = says(OK);
  await ask();
  const { port } = server.address() as AddressInfo;
  expect(request).toBe(
    `GET /api/health HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\nAccept: application/json\r\n\r\n`,
  );
});

test('a request to do something says how long it is', async () => {
  answer = says(OK);
  await ask({ method: 'POST', path: '/api/shutdown', headers: {}, body: '{"token":"ü"}' });
  expect(request).toMatch(/^POST \/api\/shutdown HTTP\/1\.0\r\nHost: .+\r\nContent-Length: 14\r\n\r\n\{/);
});

test('an IPv6 address stands in brackets', async () => {
  const before = server;
  server = await listen('::1');
  before.close();
  answer = says(`${OK}six`);
  expect(await ask({ address: '::1' })).toMatchObject({ body: 'six' });
  expect(request).toContain('\r\nHost: [::1]:');
});

describe('an answer', () => {
  test.each<[string, (socket: Socket) => void, HttpAnswer]>([
    ['up to the end of the connection', says(`${OK}hello`), whole('hello')],
    ['of its announced length, with the connection kept open', saysAndStays(`${SIZED}hello`), whole('hello')],
    ['and what comes after its announced length', saysAndStays(`${SIZED}hello, you`), whole('hello')],
    ['with nothing in it', says(OK), whole('')],
    ['of the newer kind', says('HTTP/1.1 200\r\n\r\nhello'), whole('hello')],
    [
      'that redirects (pitfall 32)',
      says('HTTP/1.0 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n'),
      status(302),
    ],
    ['that fails, whatever it goes on with', saysAndStays('HTTP/1.0 500 Oh\r\n\r\nno end'), status(500)],
    ['that is cut off in its head', says('HTTP/1.0 200 OK\r\nServer'), silent(INCOMPLETE)],
    ['that is cut off in its body', says(`${SIZED}hell`), silent(INCOMPLETE)],
    ['that is reset in its body', resets(`${SIZED}hell`), silent(INCOMPLETE)],
    ['that never comes', says(''), silent('closed the connection without an answer')],
    ['of another protocol', saysAndStays('SSH-2.0-OpenSSH_9.2\r\n'), notHttp()],
    ['of a later HTTP', says('HTTP/2 200\r\n\r\n'), notHttp()],
    ['with a status that is no number', says('HTTP/1.0 OK\r\n\r\n'), notHttp()],
    [
      'in chunks',
      says('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'),
      UNSUPPORTED_FORM,
    ],
    ['of two lengths', says(`HTTP/1.0 200 OK\r\n${length(5)}${length(4)}\r\nhello`), UNSUPPORTED_FORM],
    ['of a length that is none', says(`HTTP/1.0 200 OK\r\n${length(-1)}\r\nhello`), UNSUPPORTED_FORM],
    ['of a length without end', saysAndStays(`HTTP/1.0 200 OK\r\n${length(1e12)}\r\n`), UNSUPPORTED_FORM],
    ['of an empty length', says(`HTTP/1.0 200 OK\r\n${length('')}\r\nhello`), UNSUPPORTED_FORM],
    ['with a head that goes on', says(`HTTP/1.0 200 OK\r\nA: a\r\n b\r\n\r\n`), notHttp()],
    ['with half a line end', says(`HTTP/1.0 200 OK\r\nA: a\r${length(3)}\r\nhello`), notHttp()],
    ['with the line ends of Unix', saysAndStays('HTTP/1.0 200 OK\nA: a\n\nhello'), notHttp()],
    ['with a NUL in its head', says('HTTP/1.0 200 OK\r\nA: \0\r\n\r\nhello'), notHttp()],
    ['that is only the first of two', saysAndStays('HTTP/1.1 100 Continue\r\n\r\n' + OK), status(100)],
    [
      'with a head without end',
      saysAndStays(`HTTP/1.0 200 OK\r\nPadding: ${'x'.repeat(8192)}`),
      invalid('answered with HTTP headers of more than 8192 bytes'),
    ],
    [
      'with a body without end',
      saysAndStays(OK + 'x'.repeat(65_537)),
      invalid('answered with more than 65536 bytes'),
    ],
  ])('%s', async (_what, act, expected) => {
    answer = act;
    expect(await ask()).toEqual(expected);
  });

  test('that comes byte by byte is the same, also where a character has two', async () => {
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

  test('that is not whole by the deadline is none', async () => {
    answer = saysAndStays(`${SIZED}hell`);
    expect(await ask({ deadlineMs: 50 })).toEqual(silent('no complete answer within 50 ms'));
    expect(connections).toHaveLength(1);
  });

  test('to a request is its status: what follows is not waited for', async () => {
    answer = saysAndStays(SIZED);
    expect(await ask({ method: 'POST', body: '{}' })).toEqual(whole(''));
  });
});

test('nobody there is silence', async () => {
  const spare = await listen('127.0.0.1');
  const { port } = spare.address() as AddressInfo;
  spare.close();
  await once(spare, 'close');
  expect(await ask({ port })).toEqual(silent('no answer (ECONNREFUSED)', false));
});

/** Listens, fills its own queue of connections, and accepts none: the kernel then drops what else wants to connect. */
const ACCEPTS_NOTHING = `
import socket, time
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(0)
fills = socket.create_connection(listener.getsockname())
print(listener.getsockname()[1], flush=True)
time.sleep(60)
`;

describe('whether a request may have left', () => {
  const post = { method: 'POST', path: '/api/shutdown', body: '{}' } as const;

  test('not where the connection was not made by the deadline', async () => {
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

  test('it may where the listener resets the connection without an answer', async () => {
    answer = (socket) => socket.resetAndDestroy();
    expect(await ask(post)).toEqual(silent('no answer (ECONNRESET)', true));
  });
});

test('no proxy of the environment comes between (pitfall 32)', async () => {
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
      // Not before it has been read: a reset overtakes what is on its way.
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
