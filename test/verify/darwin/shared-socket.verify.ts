import { throughDarwin } from '../../support/libsystem.js';

await throughDarwin('shared-socket', () => import('../../live/shared-socket.test.js'));
