/** Preloaded: prints the peak memory of the process at its exit, in KiB. */
process.on('exit', () => {
  console.error(`peak ${process.resourceUsage().maxRSS}`);
});
