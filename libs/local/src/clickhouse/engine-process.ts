// Runs as a child process of its own: the engine takes the process over and ends only by SIGKILL.
import { DataType, load, open } from 'ffi-rs';

interface StartMessage {
  library: string;
  argv: string[];
}

// The parent went away: a server without its supervisor must not live on.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

process.once('message', ({ library, argv }: StartMessage) => {
  open({ library: 'clickhouse', path: library });
  // On a thread of its own, so that this one still hears the parent.
  const ended: unknown = load({
    library: 'clickhouse',
    funcName: 'chdb_query_cmdline',
    retType: DataType.External,
    paramsType: [DataType.I32, DataType.StringArray],
    paramsValue: [argv.length, argv],
    runInNewThread: true,
  });
  // The query never ends by itself: if the call returns, the engine could not start.
  void Promise.resolve(ended).finally(() => process.exit(1));
});
