/** Milliseconds after which a stop that hangs is cut short: below the orchestrator's own limit, so that logs are kept. */
const patience = 25_000;
/** Milliseconds where the supervisor was killed: its databases and queues are gone with it, so there is little to wait for. */
const orphanPatience = 5_000;

/**
 * Runs `stop` once on SIGTERM, SIGINT, or when the supervising process is gone, then exits: 0 after a clean stop, 1
 * when it failed or took too long.
 */
export function onShutdown(stop: (reason: string) => Promise<void>): void {
  let stopping = false;
  const begin = (reason: string, limit = patience): void => {
    // Whoever stopped in order may lose the supervisor on the way.
    if (limit === orphanPatience || !stopping) setTimeout(() => process.exit(1), limit).unref();
    if (stopping) return;
    stopping = true;
    stop(reason).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGTERM', () => begin('SIGTERM'));
  process.once('SIGINT', () => begin('SIGINT'));
  // Under the local supervisor: its death, even by SIGKILL, closes the channel.
  if (process.channel) process.once('disconnect', () => begin('supervisor gone', orphanPatience));
}
