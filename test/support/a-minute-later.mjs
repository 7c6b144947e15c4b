/**
 * Preloaded into the product: it seems to have run for a minute already, so that what was just started when it began is
 * not young any more. It knows the age of other processes by its own start and its own running time only.
 */
const uptime = process.uptime.bind(process);
process.uptime = () => uptime() + 60;
