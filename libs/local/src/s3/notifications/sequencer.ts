let lastMillisecond = 0;
let counter = 0;

/** 18 hex digits that grow with every call, over restarts too as long as the clock doesn't go back. */
export function nextSequencer(): string {
  const now = Math.max(Date.now(), lastMillisecond);
  counter = now === lastMillisecond ? counter + 1 : 0;
  lastMillisecond = now;
  return (now.toString(16).padStart(12, '0') + counter.toString(16).padStart(6, '0')).toUpperCase();
}
