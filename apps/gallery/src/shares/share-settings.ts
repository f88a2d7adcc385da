export interface ShareSettings {
  /** Base URL under which everybody reaches the gateway. */
  readonly publicUrl: string;
  /** Multiplies how many passwords may be tried. */
  readonly limitScale: number;
}

/** Dependency-injection token of the {@link ShareSettings}. */
export const SHARE_SETTINGS = Symbol('ShareSettings');
