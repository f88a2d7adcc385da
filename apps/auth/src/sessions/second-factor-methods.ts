import type { AuthenticationMethod } from './session.repository.js';

/** A passkey counts as both factors: the device, and what unlocks it. */
const secondFactorMethods: readonly AuthenticationMethod[] = ['otp', 'rcv', 'hwk'];

export const isSecondFactor = (method: AuthenticationMethod): boolean => secondFactorMethods.includes(method);
