/**
 * Preloaded into the product: it believes to be on macOS, while systeminformation, loaded before, still knows better and
 * can be answered by the tools of Linux.
 */
import 'systeminformation';

Object.defineProperty(process, 'platform', { value: 'darwin' });
