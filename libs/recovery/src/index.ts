export { backUp, type BackupRequest } from './backup.js';
export { check, report, restore, type Verdicts } from './restore.js';
export { startLocalTarget } from './local-platform.js';
export { readManifest, type Manifest } from './manifest.js';
export type { Stores } from './settings.js';
export { printingStopwatch, type Stopwatch } from './stopwatch.js';
