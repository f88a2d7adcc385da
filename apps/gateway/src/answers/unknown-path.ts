import { DomainError } from '@atrium/platform/errors';

export const unknownPath = (): DomainError => new DomainError('NOT_FOUND', 'There is no such path.');
