/** An error as AWS Secrets Manager names it; the SDK turns `type` into the exception's name. */
export class AwsError extends Error {
  constructor(readonly type: string, message: string, readonly statusCode = 400) {
    super(message);
  }
}

export const notFound = (message = "Secrets Manager can't find the specified secret."): AwsError =>
  new AwsError('ResourceNotFoundException', message);
export const exists = (message: string): AwsError => new AwsError('ResourceExistsException', message);
export const invalidRequest = (message: string): AwsError => new AwsError('InvalidRequestException', message);
export const invalidParameter = (message: string): AwsError => new AwsError('InvalidParameterException', message);
