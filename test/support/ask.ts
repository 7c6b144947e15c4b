import { fileURLToPath } from 'node:url';
import { runCommand } from './command.js';
import type { Sandbox } from './sandbox.js';
import { python } from './requirements.js';

const EXCHANGE = fileURLToPath(new URL('../fixtures/python/exchange.py', import.meta.url));

export interface Question {
  readonly method?: 'GET' | 'POST';
  readonly path?: string;
  /** Added to the default headers, or replacing them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text unchanged. */
  readonly body?: object | string;
  readonly address?: string;
  /** How long to read the answer. */
  readonly seconds?: number;
  /** Who asks. The default is the test's own user. */
  readonly uid?: number | undefined;
}

/** The raw answer; `head` and `body` are empty when nothing came back. */
export interface Answer {
  /** 0 when no status came back. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends a request to a listener from inside its network namespace. The default is `GET /api/health`. */
export async function ask(sandbox: Sandbox, port: number, question: Question = {}): Promise<Answer> {
  const { method = 'GET', path = '/api/health', body, address = '127.0.0.1', seconds = 5, uid } = question;
  const text = typeof body === 'string' ? body : body ? JSON.stringify(body) : '';
  const headers = {
    Host: `${address}:${port}`,
    'Content-Length': String(Buffer.byteLength(text)),
    ...question.headers,
  };
  const head = [
    `${method} ${path} HTTP/1.1`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  const request = `${head.join('\r\n')}\r\nConnection: close\r\n\r\n${text}`;
  const argv = [python, EXCHANGE, address, String(port), String(seconds)];
  const { code, stdout, stderr } = await runCommand(
    sandbox.processes,
    argv,
    { env: {}, cwd: sandbox.folder, uid },
    request,
  );
  if (code !== 0) throw new Error(`could not ask port ${port}: ${stderr}`);
  const [answerHead = '', ...rest] = stdout.split('\r\n\r\n');
  const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(answerHead)?.[1] ?? 0);
  return { status, head: answerHead, body: rest.join('\r\n\r\n') };
}
