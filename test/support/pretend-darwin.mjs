/**
 * Preloaded into the product: `process.platform` is `darwin`. systeminformation is loaded before the change, so it
 * still uses the tools of Linux.
 */
import 'systeminformation';

Object.defineProperty(process, 'platform', { value: 'darwin' });
