/**
 * Preloaded into the product: `process.uptime()` returns a minute more. The product computes the age of other processes
 * from its own uptime, so a daemon that has just started counts as a minute old.
 */
const uptime = process.uptime.bind(process);
process.uptime = () => uptime() + 60;
