/** What a migration does that code of the release before may not survive. */
export interface Finding {
  /**
   * `contraction`: something that was used goes or narrows. `lock`: writers wait while it runs. `unreadable`: the lint
   * can't tell.
   */
  readonly kind: 'contraction' | 'lock' | 'unreadable';
  /** What it is about, e.g. `users.members.nickname`. */
  readonly object: string;
  readonly why: string;
}

export const contraction = (object: string, why: string): Finding => ({ kind: 'contraction', object, why });
