import { afterEach, beforeEach } from '@jest/globals';
import { QueueRoot } from './queue-files.js';
import { UploadServer } from './upload-server.js';

export interface QueueWorld {
  /** Signed in to the server; without a queue file until `create`. */
  readonly root: QueueRoot;
  readonly server: UploadServer;
}

/** Creates a root and a server for each test of the block. */
export function useQueue(): QueueWorld {
  let root: QueueRoot | undefined;
  let server: UploadServer | undefined;
  beforeEach(async () => {
    root = new QueueRoot();
    server = new UploadServer();
    await server.listen();
    root.signIn(server.url);
  });
  afterEach(async () => {
    await server?.close();
    await root?.close();
  });
  return {
    get root() {
      return present(root);
    },
    get server() {
      return present(server);
    },
  };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('only inside a test');
  return value;
}
