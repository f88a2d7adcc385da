import { parseArgs } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CommandError } from './command-error.js';
import { type Command, runCommand } from './run-command.js';

const options = z.object({ org: z.uuid() });
const config = z.object({ REGION: z.string() });
const org = '0198c0de-0000-7000-8000-000000000001';

const greet: Command<z.output<typeof options>, typeof config> = {
  name: 'greet',
  usage: 'Usage: greet --org <id>',
  failure: 'Nobody could be greeted',
  config,
  read: (words) => options.parse(parseArgs({ args: [...words], options: { org: { type: 'string' } } }).values),
  run: async (given, { REGION }) => `hello ${given.org} of ${REGION}`,
};

async function outcome(words: readonly string[], { run = greet.run, env = { REGION: 'here' } as Record<string, string> } = {}) {
  const told = { out: '', err: '', code: 0 as number | string | null | undefined };
  const io = {
    argv: ['node', 'greet.js', ...words],
    env,
    stdout: { write: (text: string) => (told.out += text) },
    stderr: { write: (text: string) => (told.err += text) },
    set exitCode(code: typeof told.code) {
      told.code = code;
    },
  };
  await runCommand({ ...greet, run }, io);
  return told;
}
const failing = (error: Error) => ({ run: () => Promise.reject(error) });

describe('a command', () => {
  it('prints what it did', async () => {
    expect(await outcome(['--org', org])).toEqual({ out: `hello ${org} of here\n`, err: '', code: 0 });
  });

  it('names the option that is missing or wrong, before it asks for any configuration', async () => {
    for (const words of [[], ['--org', 'x']]) {
      expect(await outcome(words, { env: {} })).toEqual({ out: '', err: '--org is missing or wrong.\nUsage: greet --org <id>\n', code: 1 });
    }
  });

  it.each([[['greet']], [['--org']], [['--all']]])('shows its usage for what is no option of its own: %j', async (words) => {
    expect(await outcome(words)).toEqual({ out: '', err: 'Usage: greet --org <id>\n', code: 1 });
  });

  it('lists what is wrong with its configuration', async () => {
    expect(await outcome(['--org', org], { env: {} })).toMatchObject({ out: '', err: expect.stringMatching(/^The configuration of greet is not valid:\n {2}REGION: /), code: 1 });
  });

  it('says why it cannot be carried out, and of an error that nobody foresaw what was not done', async () => {
    expect(await outcome(['--org', org], failing(new CommandError('They are out.')))).toEqual({ out: '', err: 'They are out.\n', code: 1 });
    expect(await outcome(['--org', org], failing(new TypeError('oops')))).toEqual({ out: '', err: 'Nobody could be greeted: TypeError: oops\n', code: 1 });
  });
});
