import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadlines } from './deadlines.js';

describe('deadlines', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const waitingIn = (late: string[]) => (name: string) => ({ late: () => void late.push(name) });

  it('give up each once, in order, when its time has passed', () => {
    const late: string[] = [];
    const waiting = waitingIn(late);
    const deadlines = new Deadlines(1000);
    deadlines.watch(waiting('a'));
    vi.advanceTimersByTime(500);
    deadlines.watch(waiting('b'));
    vi.advanceTimersByTime(600);
    expect(late).toEqual(['a']);
    vi.advanceTimersByTime(5000);
    expect(late).toEqual(['a', 'b']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('spare what is forgotten, and begin anew for what is watched again', () => {
    const late: string[] = [];
    const [a, b] = ['a', 'b'].map(waitingIn(late));
    if (!a || !b) throw new Error('two');
    const deadlines = new Deadlines(1000);
    deadlines.watch(a);
    deadlines.watch(b);
    deadlines.forget(a);
    vi.advanceTimersByTime(900);
    deadlines.watch(b);
    vi.advanceTimersByTime(900);
    expect(late).toEqual([]);
    vi.advanceTimersByTime(300);
    expect(late).toEqual(['b']);
  });
});
