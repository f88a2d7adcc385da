import { z } from 'zod';
import { ConfigError, type Environment, parseConfig } from '../config/index.js';
import { CommandError } from './command-error.js';

/** What an operator runs by hand or a release by itself: words on a command line in, a line of text out. */
export interface Command<Options, C extends z.ZodType> {
  /** Of the program, for messages about its configuration. */
  readonly name: string;
  readonly usage: string;
  /** What is said before an error that is nobody's on the command line, such as `Quotas could not be changed`. */
  readonly failure: string;
  /** What it reads of the environment. */
  readonly config: C;
  /** Makes sense of the words, by `parseArgs` of node:util or zod. Whatever it throws shows the usage. */
  read(words: readonly string[]): Options;
  /** Throws CommandError when it can't. @returns what is printed */
  run(options: Options, config: z.output<C>): Promise<string>;
}

/** The parts of Node's `process` that a command has to do with. */
export interface CommandProcess {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  exitCode?: typeof process.exitCode;
}

/** The whole of an entry point: `await runCommand(command, process)`. Exits with 1 and one clear line when it can't. */
export async function runCommand<Options, C extends z.ZodType>(command: Command<Options, C>, io: CommandProcess): Promise<void> {
  try {
    const options = readOptions(command, io.argv.slice(2));
    const config = parseConfig(command.name, command.config, io.env);
    io.stdout.write(`${await command.run(options, config)}\n`);
  } catch (error) {
    const isClear = error instanceof CommandError || error instanceof ConfigError;
    io.stderr.write(`${isClear ? error.message : `${command.failure}: ${String(error)}`}\n`);
    io.exitCode = 1;
  }
}

function readOptions<Options, C extends z.ZodType>({ read, usage }: Command<Options, C>, words: readonly string[]): Options {
  try {
    return read(words);
  } catch (error) {
    const option = error instanceof z.ZodError ? error.issues[0]?.path.join('.') : undefined;
    throw new CommandError(option ? `--${option} is missing or wrong.\n${usage}` : usage);
  }
}
