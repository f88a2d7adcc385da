import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { platform } from './platform.js';

const program = fileURLToPath(new URL('../scripts/demo.mjs', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

function runDemo(environment: Record<string, string>): Promise<Ended> {
  const child = spawn(process.execPath, [program], { env: { ...process.env, ...environment } });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

describe('the demo', () => {
  it('tells the story from registration to logout through the gateway alone', async () => {
    const { code, output } = await runDemo({ ATRIUM_URL: platform.gateway, ATRIUM_MAIL: platform.mail });
    expect(output).toContain('10000 events of 250 people');
    expect(output).toMatch(/equal bytes/);
    expect(output).toMatch(/her token is refused everywhere/);
    expect(code, output).toBe(0);
  });

  it('says what to do when nothing answers', async () => {
    const { code, output } = await runDemo({ ATRIUM_URL: 'http://127.0.0.1:9', ATRIUM_MAIL: 'http://127.0.0.1:9' });
    expect(code).toBe(1);
    expect(output).toContain('run `npm start` first');
  });
});
