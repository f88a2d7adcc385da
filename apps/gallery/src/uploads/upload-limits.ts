export interface UploadLimits {
  /** Largest file. */
  readonly maxBytes: number;
}

/** Dependency-injection token of the {@link UploadLimits}. */
export const UPLOAD_LIMITS = Symbol('UploadLimits');
