/**
 * An error as SQS answers it. `shape` is the name in SQS's service model (`__type`), `queryCode` the older query
 * protocol's code, which SDKs read from the `x-amzn-query-error` header and prefer as the error's code.
 */
export class SqsError extends Error {
  override readonly name = 'SqsError';

  constructor(
    readonly shape: string,
    message: string,
    readonly queryCode: string = shape,
    readonly statusCode: number = 400,
  ) {
    super(message);
  }

  get fault(): 'Sender' | 'Receiver' {
    return this.statusCode >= 500 ? 'Receiver' : 'Sender';
  }
}

function legacy(shape: string, message: string, code: string = shape): SqsError {
  return new SqsError(shape, message, `AWS.SimpleQueueService.${code}`);
}

export function invalidParameter(message: string): SqsError {
  return new SqsError('InvalidParameterValue', message);
}

export function missingParameter(name: string): SqsError {
  return new SqsError('MissingParameter', `The request must contain the parameter ${name}.`);
}

export function queueDoesNotExist(): SqsError {
  return legacy('QueueDoesNotExist', 'The specified queue does not exist.', 'NonExistentQueue');
}

export function queueNameExists(attribute: string): SqsError {
  const message = `A queue already exists with the same name and a different value for attribute ${attribute}`;
  return new SqsError('QueueNameExists', message, 'QueueAlreadyExists');
}

export function invalidAttributeName(name: string): SqsError {
  return new SqsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
}

export function invalidAttributeValue(name: string, reason: string): SqsError {
  return new SqsError('InvalidAttributeValue', `Invalid value for the parameter ${name}. Reason: ${reason}`);
}

export function invalidMessageContents(): SqsError {
  return new SqsError(
    'InvalidMessageContents',
    'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.',
  );
}

export function receiptHandleIsInvalid(handle: string): SqsError {
  const shown = handle.slice(0, 100);
  return new SqsError('ReceiptHandleIsInvalid', `The input receipt handle "${shown}" is not a valid receipt handle.`, undefined, 404);
}

export function messageNotInflight(): SqsError {
  return legacy('MessageNotInflight', 'The specified message is not in flight.');
}

export function emptyBatchRequest(): SqsError {
  return legacy('EmptyBatchRequest', 'There should be at least one entry in the request.');
}

export function tooManyEntries(count: number): SqsError {
  return legacy('TooManyEntriesInBatchRequest', `Maximum number of entries per request are 10. You have sent ${count}.`);
}

export function invalidBatchEntryId(): SqsError {
  return legacy(
    'InvalidBatchEntryId',
    'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
  );
}

export function batchEntryIdsNotDistinct(id: string): SqsError {
  return legacy('BatchEntryIdsNotDistinct', `Id ${id} repeated.`);
}

export function batchRequestTooLong(limit: number, size: number): SqsError {
  return legacy('BatchRequestTooLong', `Batch requests cannot be longer than ${limit} bytes. You have sent ${size} bytes.`);
}

export function unsupportedOperation(message: string): SqsError {
  return legacy('UnsupportedOperation', message);
}

export function resourceNotFound(message: string): SqsError {
  return new SqsError('ResourceNotFoundException', message, undefined, 404);
}

export function missingAuthentication(): SqsError {
  return new SqsError('MissingAuthenticationToken', 'Request is missing Authentication Token', undefined, 403);
}
