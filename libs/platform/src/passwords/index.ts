export * from './bounded-queue.js';
export * from './hash-work.js';
export * from './normalized-password.js';
export * from './password-hashing.js';
