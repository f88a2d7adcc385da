/**
 * Every error that Atrium answers with. The key is the stable `code` of the error envelope; `message` is the public
 * text used when the thrower gives none. Codes are never renamed or reused.
 */
export const errorCodes = {
  VALIDATION_ERROR: { status: 400, message: 'The request is not valid.' },
  UNAUTHENTICATED: { status: 401, message: 'A valid access token is required.' },
  INVALID_CREDENTIALS: { status: 401, message: 'The credentials are not valid.' },
  SHARE_PASSWORD_REQUIRED: { status: 401, message: 'Send the password of the share in X-Share-Password.' },
  FORBIDDEN: { status: 403, message: 'You are not allowed to do this.' },
  EMAIL_NOT_VERIFIED: { status: 403, message: 'Verify your e-mail address first.' },
  ACCOUNT_DISABLED: { status: 403, message: 'This account is disabled.' },
  REAUTHENTICATION_REQUIRED: { status: 403, message: 'Prove again who you are before you change this.' },
  NOT_FOUND: { status: 404, message: 'There is no such resource.' },
  METHOD_NOT_ALLOWED: { status: 405, message: 'This resource does not support the method.' },
  CONFLICT: { status: 409, message: 'The request conflicts with the current state.' },
  EMAIL_TAKEN: { status: 409, message: 'An account with this e-mail address exists already.' },
  QUOTA_EXCEEDED: { status: 409, message: 'There is no room left within the quota.' },
  IDEMPOTENCY_IN_FLIGHT: { status: 409, message: 'A request with this Idempotency-Key is still being processed.' },
  PRECONDITION_FAILED: { status: 412, message: 'The resource has changed since it was read.' },
  PAYLOAD_TOO_LARGE: { status: 413, message: 'The request body is too large.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, message: 'The content type or encoding is not supported.' },
  IDEMPOTENCY_MISMATCH: { status: 422, message: 'This Idempotency-Key was used with a different request.' },
  PRECONDITION_REQUIRED: { status: 428, message: 'Send If-Match with the ETag that was read.' },
  RATE_LIMITED: { status: 429, message: 'Too many requests.' },
  INTERNAL: { status: 500, message: 'Something went wrong on our side.' },
  UPSTREAM_UNAVAILABLE: { status: 503, message: 'The service is not available right now.' },
  UPSTREAM_TIMEOUT: { status: 504, message: 'The service did not answer in time.' },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof errorCodes;
