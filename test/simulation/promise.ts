/**
 * Promises whose reactions wait in the queue of one simulated process of ours. The scheduler runs that queue alone, so it
 * decides when a process continues after an `await`, also in the middle of a synchronous port call of another process.
 * (JavaScript's own promises share one queue, which runs to its end.)
 */
export class SimulatedPromise<T> {
  private state: 'pending' | 'fulfilled' | 'rejected' = 'pending';
  private value: unknown = undefined;
  private reactions: Reaction[] = [];
  private isHandled = false;
  /** Whether it was settled, or follows another promise. */
  private isDecided = false;
  private readonly queue = current;

  constructor(executor: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void) {
    const resolve = (value: T): void => {
      if (!this.isDecided) this.resolve(value);
    };
    const reject = (reason: unknown): void => {
      if (!this.isDecided) this.settle('rejected', reason);
    };
    try {
      executor(resolve, reject);
    } catch (error) {
      reject(error);
    }
  }

  private resolve(value: unknown): void {
    this.isDecided = true;
    if (value instanceof Promise) throw new Error('a promise that the scheduler does not know');
    if (value instanceof SimulatedPromise) {
      // As JavaScript does: one turn until it subscribes, and another until it is told.
      this.queue.jobs.push(() => {
        value.subscribe(
          (found) => {
            this.settle('fulfilled', found);
          },
          (reason) => {
            this.settle('rejected', reason);
          },
        );
      });
    } else this.settle('fulfilled', value);
  }

  private settle(state: 'fulfilled' | 'rejected', value: unknown): void {
    this.isDecided = true;
    this.state = state;
    this.value = value;
    const { reactions } = this;
    this.reactions = [];
    for (const reaction of reactions) this.enqueue(reaction);
    if (state === 'rejected' && !this.isHandled) this.queue.rejections.push(this);
  }

  private enqueue({ queue, onFulfilled, onRejected }: Reaction): void {
    const react = this.state === 'fulfilled' ? onFulfilled : onRejected;
    queue.jobs.push(() => {
      react(this.value);
    });
  }

  /** As `then`, for a reaction that throws nothing and whose result nothing waits for. */
  subscribe(onFulfilled: (value: unknown) => void, onRejected: (reason: unknown) => void): void {
    this.isHandled = true;
    const reaction = { queue: current, onFulfilled, onRejected };
    if (this.state === 'pending') this.reactions.push(reaction);
    else this.enqueue(reaction);
  }

  /** The reason of a rejection that nothing handles, as a list of none or one. */
  unhandled(): readonly unknown[] {
    return this.isHandled ? [] : [this.value];
  }

  then(
    onFulfilled?: ((value: T) => unknown) | null,
    onRejected?: ((reason: unknown) => unknown) | null,
  ): SimulatedPromise<unknown> {
    return new SimulatedPromise<unknown>((resolve, reject) => {
      const through =
        (react: (value: never) => unknown) =>
        (value: unknown): void => {
          try {
            resolve(react(value as never));
          } catch (error) {
            reject(error);
          }
        };
      this.subscribe(onFulfilled ? through(onFulfilled) : resolve, onRejected ? through(onRejected) : reject);
    });
  }

  catch(onRejected: (reason: unknown) => unknown): SimulatedPromise<unknown> {
    return this.then(null, onRejected);
  }

  finally(act: () => unknown): SimulatedPromise<unknown> {
    return this.then(
      (value) => SimulatedPromise.resolve(act()).then(() => value),
      (reason) =>
        SimulatedPromise.resolve(act()).then(() => {
          throw reason;
        }),
    );
  }

  static resolve(value?: unknown): SimulatedPromise<unknown> {
    if (value instanceof SimulatedPromise) return value;
    return new SimulatedPromise<unknown>((resolve) => {
      resolve(value);
    });
  }

  static reject(reason: unknown): SimulatedPromise<unknown> {
    return new SimulatedPromise<unknown>((_resolve, reject) => {
      reject(reason);
    });
  }

  static all(values: Iterable<unknown>): SimulatedPromise<unknown> {
    return new SimulatedPromise<unknown>((resolve, reject) => {
      const all = [...values];
      const found: unknown[] = Array.from({ length: all.length });
      let missing = all.length;
      if (missing === 0) resolve(found);
      for (const [index, each] of all.entries())
        SimulatedPromise.resolve(each).then((value) => {
          found[index] = value;
          if (--missing === 0) resolve(found);
        }, reject);
    });
  }

  static race(values: Iterable<unknown>): SimulatedPromise<unknown> {
    return new SimulatedPromise<unknown>((resolve, reject) => {
      for (const each of values) SimulatedPromise.resolve(each).then(resolve, reject);
    });
  }
}

/**
 * Takes the place of the function that esbuild makes of `async`: it runs a generator that yields where the source awaits.
 */
export function runAsync(
  self: unknown,
  given: ArrayLike<unknown> | null,
  body: (...given: unknown[]) => Generator<unknown, unknown>,
): SimulatedPromise<unknown> {
  return new SimulatedPromise<unknown>((resolve, reject) => {
    const resume = (value: unknown): void => {
      advance(() => steps.next(value));
    };
    const fail = (reason: unknown): void => {
      advance(() => steps.throw(reason));
    };
    const advance = (step: () => IteratorResult<unknown, unknown>): void => {
      let found;
      try {
        found = step();
      } catch (error) {
        reject(error);
        return;
      }
      if (found.done === true) resolve(found.value);
      else SimulatedPromise.resolve(found.value).subscribe(resume, fail);
    };
    const steps = Reflect.apply(body, self, given ?? []) as Generator<unknown, unknown>;
    resume(undefined);
  });
}

interface Reaction {
  readonly queue: Queue;
  readonly onFulfilled: (value: unknown) => void;
  readonly onRejected: (reason: unknown) => void;
}

/** What one simulated process has still to do. */
export class Queue {
  readonly jobs: (() => void)[] = [];
  readonly rejections: Pick<SimulatedPromise<unknown>, 'unhandled'>[] = [];

  /** Runs code of the process. Promises that it makes, and reactions that it adds, belong to this queue. */
  run(act: () => void): void {
    runIn(this, act);
  }

  /** Runs what waits, until the process waits for others. @returns reasons of rejections that nothing handles */
  drain(): readonly unknown[] {
    this.run(() => {
      // A job may add others, which are visited too.
      for (const job of this.jobs) job();
      this.jobs.length = 0;
    });
    return this.rejections.splice(0).flatMap((promise) => promise.unhandled());
  }
}

/** Whose code runs. Outside of every process only modules run, and nothing that they do waits. */
let current = new Queue();

function runIn(queue: Queue, act: () => void): void {
  const outer = current;
  current = queue;
  try {
    act();
  } finally {
    current = outer;
  }
}
