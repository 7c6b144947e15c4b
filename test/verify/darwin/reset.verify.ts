import { throughDarwin } from '../../support/libsystem.js';

await throughDarwin('reset', () => import('../../live/reset.test.js'));
