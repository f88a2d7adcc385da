/** Milliseconds after which a stop that hangs is cut short: below the orchestrator's own limit, so that logs are kept. */
const patience = 25_000;

/**
 * Runs `stop` once on SIGTERM, SIGINT, or when the supervising process is gone, then exits: 0 after a clean stop, 1
 * when it failed or took too long.
 */
export function onShutdown(stop: (reason: string) => Promise<void>): void {
  let stopping = false;
  const begin = (reason: string): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), patience).unref();
    stop(reason).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', () => begin('SIGTERM'));
  process.once('SIGINT', () => begin('SIGINT'));
  // Under the local supervisor: its death, even by SIGKILL, closes the channel.
  if (process.channel) process.once('disconnect', () => begin('supervisor gone'));
}
