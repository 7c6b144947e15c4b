/** Preloaded: says at the end how much memory the process held at most, in KiB. */
process.on('exit', () => {
  console.error(`peak ${process.resourceUsage().maxRSS}`);
});
