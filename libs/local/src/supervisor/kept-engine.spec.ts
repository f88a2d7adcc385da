import { describe, expect, it } from 'vitest';
import type { LocalStackError } from '../local-stack-error.js';
import { KeptEngine } from './kept-engine.js';

class FakeEngine {
  stopped = false;
  end: () => void = () => undefined;
  readonly exited = new Promise<void>((resolve) => (this.end = resolve));

  async stop(): Promise<void> {
    this.stopped = true;
    this.end();
  }
}

/** `outcomes` of the starts in turn: whether each works; the last one repeats. */
async function keep(outcomes: readonly boolean[]) {
  const engines: FakeEngine[] = [];
  const lines: string[] = [];
  let starts = 0;
  let lost: (error: LocalStackError) => void = () => undefined;
  const givenUp = new Promise<LocalStackError>((resolve) => (lost = resolve));
  const kept = await KeptEngine.start({
    name: 'Engine',
    start: async () => {
      const works = outcomes[Math.min(starts++, outcomes.length - 1)];
      if (!works) throw new Error('the port is taken');
      const engine = new FakeEngine();
      engines.push(engine);
      return engine;
    },
    report: (line) => lines.push(line),
    giveUp: lost,
    retryMs: 0,
  });
  const nth = (index: number): FakeEngine => {
    const engine = engines[index];
    if (!engine) throw new Error(`engine ${index} has not been started`);
    return engine;
  };
  return { kept, engines, lines, givenUp, nth, startsSoFar: () => starts };
}

const turns = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('KeptEngine', () => {
  it('starts an engine again that ends unasked, and says so', async () => {
    const { nth, lines, engines } = await keep([true]);
    nth(0).end();
    await expect.poll(() => engines.length).toBe(2);
    await expect.poll(() => lines).toEqual(['Engine ended unasked: starting it again', 'Engine is back']);
  });

  it('tries a restart again that fails', async () => {
    const { nth, engines, startsSoFar } = await keep([true, false, false, true]);
    nth(0).end();
    await expect.poll(() => engines.length).toBe(2);
    expect(startsSoFar()).toBe(4);
  });

  it('gives up with the reason when no restart works', async () => {
    const { nth, givenUp } = await keep([true, false]);
    nth(0).end();
    expect((await givenUp).message).toBe("Engine ended and can't be started again: the port is taken");
  });

  it('gives up an engine that ends again and again', async () => {
    const { nth, engines, givenUp } = await keep([true]);
    for (let index = 0; index < 6; index += 1) {
      await expect.poll(() => engines.length).toBe(index + 1);
      nth(index).end();
    }
    expect((await givenUp).message).toBe('Engine ended 6 times within a minute');
  });

  it('stops the engine that runs now, and starts no other', async () => {
    const { kept, nth, engines, lines } = await keep([true]);
    nth(0).end();
    await expect.poll(() => lines.length).toBe(2);
    await kept.stop();
    await turns();
    expect(nth(1).stopped).toBe(true);
    expect(engines).toHaveLength(2);
  });
});
