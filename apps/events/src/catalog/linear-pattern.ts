import { schemaLimits } from '@atrium/contracts/events';
import { RE2JS } from 're2js';

/**
 * A pattern that takes time in proportion to the text, whatever either looks like (RE2): Node's own could be made to
 * hang by whoever writes the schema together with whoever sends the event. Throws where RE2 doesn't know the syntax.
 */
export class LinearPattern {
  private readonly compiled: RE2JS;

  constructor(private readonly source: string) {
    this.compiled = RE2JS.compile(source);
  }

  /** Instructions. */
  get size(): number {
    return this.compiled.programSize();
  }

  /** Whether it matches anywhere in the text. */
  test(text: string): boolean {
    return text.length <= schemaLimits.matchedText && this.compiled.test(text);
  }

  /** Ajv takes what reads the same for the same pattern. */
  toString(): string {
    return this.source;
  }
}
