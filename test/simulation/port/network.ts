import type { HttpAnswer } from '../../../src/machine/http-answer.js';
import type { HealthRequest } from '../../../src/machine/http.js';
import type { DaemonRequest, RequestAnswer } from '../../../src/machine/request.js';
import type { LoopbackAnswer } from '../../../src/machine/server.js';
import { CHALLENGE_HEADER } from '../../../src/model/scan.js';
import { answerOf, type Reply, type Request } from '../actors/answers.js';
import type { Process, Socket } from '../world/process.js';
import type { World } from '../world/world.js';
import { reachedBy } from './sockets.js';
import type { Calls, Task } from './task.js';

/** Who answers requests in a run, and who watches them. */
export interface Network {
  /** The simulated processes that run the product. */
  readonly tasks: ReadonlyMap<Process, Task>;
  /** Called when a shutdown request of the product has a connection. */
  readonly onConnected: (sender: Task, port: number) => void;
  /** Called when a request of the product reaches a process, before the process acts on it. */
  readonly onDelivery: (sender: Task, receiver: Process, socket: Socket, request: Request) => void;
  /** Called when a process is about to end because a request of the product asked it to. */
  readonly onObeyed: (sender: Task, receiver: Process) => void;
}

/** Probes a listener's health, as src/machine/http.ts does. */
export function getHealth(
  { world, async, isAlive }: Calls,
  task: Task,
  network: Network,
  { address, port, challenge, deadlineMs }: HealthRequest,
): Promise<HttpAnswer> {
  return async<HttpAnswer>(
    'getHealth',
    `${address}:${port}`,
    (settle) => {
      const late = {
        kind: 'silent',
        why: `no complete answer within ${deadlineMs} ms`,
        mayHaveBeenSent: true,
      } as const;
      let isOver = false;
      const end = (answer: HttpAnswer): void => {
        isOver = true;
        settle(answer);
      };
      world.later(
        deadlineMs,
        'the deadline of a probe',
        () => {
          end(late);
        },
        isAlive,
      );
      const request: Request = { method: 'GET', path: '/api/health', challenge, body: '' };
      send(world, task, network, address, port, request, end, () => isAlive() && !isOver);
    },
    describe,
  );
}

/** Sends a request to a daemon, as src/machine/request.ts does. */
export function sendRequest(
  { world, async, isAlive }: Calls,
  task: Task,
  network: Network,
  { address, port, action, body, deadlineMs }: DaemonRequest,
): Promise<RequestAnswer> {
  return async<RequestAnswer>(
    'request',
    `${action} to ${address}:${port}`,
    (settle) => {
      let isSent = false;
      let isOver = false;
      const late = (): void => {
        isOver = true;
        settle({
          kind: isSent ? 'no_answer' : 'not_sent',
          why: `no complete answer within ${deadlineMs} ms`,
        });
      };
      world.later(deadlineMs, 'the deadline of a request', late, isAlive);
      const request: Request = {
        method: 'POST',
        path: `/api/${action}`,
        challenge: '',
        body: JSON.stringify(body),
      };
      const onAnswer = (answer: HttpAnswer): void => {
        settle(requestAnswer(answer));
      };
      send(
        world,
        task,
        network,
        address,
        port,
        request,
        onAnswer,
        () => isAlive() && !isOver,
        () => {
          isSent = true;
          network.onConnected(task, port);
        },
      );
    },
    ({ kind }) => kind,
  );
}

function requestAnswer(answer: HttpAnswer): RequestAnswer {
  if (answer.kind === 'answered')
    return answer.status < 300
      ? { kind: 'accepted' }
      : { kind: 'refused', why: `HTTP status ${answer.status}` };
  const { why } = answer;
  const isSent = answer.kind === 'invalid' || (answer.kind === 'silent' && answer.mayHaveBeenSent);
  return { kind: isSent ? 'no_answer' : 'not_sent', why };
}

function describe(answer: HttpAnswer): string {
  if (answer.kind === 'answered') return `${answer.status} ${answer.body}`;
  return `${answer.kind}: ${answer.why}`;
}

const CLOSED: HttpAnswer = {
  kind: 'silent',
  why: 'closed the connection without an answer',
  mayHaveBeenSent: true,
};

/** Connects, and passes the request to the process that accepts the connection. */
function send(
  world: World,
  task: Task,
  network: Network,
  address: string,
  port: number,
  request: Request,
  onAnswer: (answer: HttpAnswer) => void,
  isAlive: () => boolean,
  onConnected: () => void = ignore,
): void {
  const connect = (): void => {
    if (world.isOutOfFiles) {
      onAnswer({ kind: 'not_sent', why: 'we could not open a connection (EMFILE)', shortOf: 'EMFILE' });
      return;
    }
    const socket = reachedBy(world, task.process.network, address, port);
    if (!socket) {
      onAnswer({ kind: 'silent', why: 'no answer (ECONNREFUSED)', mayHaveBeenSent: false });
      return;
    }
    onConnected();
    receive(world, task, network, socket, request, (reply) => {
      if (reply === 'closed') onAnswer(CLOSED);
      else
        onAnswer({
          kind: 'answered',
          status: reply.status,
          body: request.method === 'GET' ? reply.body : '',
        });
    });
  };
  world.later(0, 'connects', connect, isAlive);
}

function ignore(): void {
  // Only a request wants to know.
}

/** Lets the owner of a socket answer, when it does. */
function receive(
  world: World,
  sender: Task,
  network: Network,
  socket: Socket,
  request: Request,
  onReply: (reply: Reply | 'closed') => void,
): void {
  const [owner] = socket.owners;
  if (!owner) {
    onReply('closed');
    return;
  }
  const { role } = owner;
  if (role.relaysTo !== null) {
    network.onDelivery(sender, owner, socket, request);
    const behind = reachedBy(world, owner.network, '127.0.0.1', role.relaysTo);
    if (behind && !behind.owners.has(owner)) receive(world, sender, network, behind, request, onReply);
    else onReply('closed');
    return;
  }
  const isWaiting = (): boolean => owner.state === 'running' && owner.suspension === null;
  const answer = (): void => {
    if (owner.state !== 'running') {
      onReply('closed');
      return;
    }
    const task = network.tasks.get(owner);
    if (!isWaiting() || owner.role.mode !== 'responsive' || task?.thread.isBusy()) {
      world.later(BUSY_MS, 'a busy process goes on', answer);
      return;
    }
    network.onDelivery(sender, owner, socket, request);
    if (task?.handler) ask(world, sender, task, network, request, onReply);
    else reply(owner);
  };
  const reply = (process: Process): void => {
    const { reply: sent, isObeyed } = answerOf(world, process, request);
    if (isObeyed) {
      network.onObeyed(sender, process);
      world.later(role.exitMs, 'obeys the request and exits', () => {
        world.end(process, 'a request');
      });
    }
    world.note(process.name, `answers ${request.path}`, '', `status ${sent.status}`);
    onReply(sent);
  };
  const answerSoon = (): void => {
    world.later(role.answerMs, `${owner.name} answers`, answer);
  };
  if (role.mode === 'wedged') owner.unanswered.push(answerSoon);
  else if (role.kind !== 'silent') answerSoon();
}

/** How long a process that is busy or suspended keeps a request waiting before it is tried again. */
const BUSY_MS = 400;

/** Lets a simulated daemon of ours answer, with its own code. */
function ask(
  world: World,
  sender: Task,
  task: Task,
  network: Network,
  request: Request,
  onReply: (reply: Reply | 'closed') => void,
): void {
  let answer: LoopbackAnswer | Promise<LoopbackAnswer> | undefined;
  const { method, path, challenge, body } = request;
  const headers = challenge === '' ? {} : { [CHALLENGE_HEADER.toLowerCase()]: challenge };
  const handle = (): void => {
    answer = task.handler?.({
      method,
      path,
      headers,
      body,
      isFromOwnUser: () =>
        task.thread.promise((resolve) => {
          resolve(true);
        }),
    });
  };
  task.thread.run(handle);
  if (!answer || !('body' in answer)) {
    onReply('closed');
    return;
  }
  if (path === '/api/shutdown' && answer.status === 200) network.onObeyed(sender, task.process);
  world.note(task.process.name, `answers ${path}`, '', `status ${answer.status}`);
  onReply({ status: answer.status, body: JSON.stringify(answer.body) });
}
